"""What handles events: the shape of a use case that the consumer calls."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct

from app.application.event import Event


class Fault(Struct, frozen=True):
    """An event that can never be handled, and why; or not yet, where it `may_pass`."""

    event: Event
    reason: str
    may_pass: bool = False


class NotYet(Exception):
    """An event cannot be handled now, and may be later."""


class Handled(Struct, frozen=True):
    """What came of a batch: all but the `faults` is stored.

    `after` is work that may be lost, such as filling a cache: it runs beside the acks, which wait
    for nothing but the commit.
    """

    faults: Sequence[Fault] = ()
    after: Callable[[], Awaitable[None]] | None = None


class EventHandler(Protocol):
    """A use case for a batch of events of one type."""

    async def __call__(self, events: Sequence[Event]) -> Handled:
        """Handle what can be handled.

        Raises `Unavailable` where a server is away: all come again, and none has failed. Where it
        raises anything else, nothing of the batch may have been done: the batch is split until the
        event that is at fault stands alone, and is tried again later.
        """
        ...


type EventHandlerFactory = Callable[[], EventHandler]
