"""What handles events: the shape of what the consumer calls."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from chassis.application.consuming.projection import After
from chassis.application.event import Event


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
    after: After | None = None


class EventHandler(Protocol):
    """What handles a batch of events, of any types."""

    async def __call__(self, events: Sequence[Event]) -> Handled:
        """Handle what can be handled.

        Raises `Unavailable` if a server is away: all events come again, and none has failed. Any
        other error means that nothing of the batch was done: the batch is split until the event
        that is at fault stands alone, and that event is tried again later.
        """
        ...
