"""The handler of events that a consumer calls."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct

from chassis.application.consuming.projection import After
from chassis.application.event import Event


class Fault(Struct, frozen=True):
    """An event that can never be handled, and why; if it `may_pass`, a retry may succeed."""

    event: Event
    reason: str
    may_pass: bool = False


class NotYet(Exception):
    """An event that cannot be handled now, but may be later."""


class Handled(Struct, frozen=True):
    """The result of a batch: all events but the `faults` are stored.

    `after` is work that may be lost, such as filling a cache. It runs after the acks, which wait
    only for the commit.
    """

    faults: Sequence[Fault] = ()
    after: After | None = None


class EventHandler(Protocol):
    """Handles a batch of events, of any types."""

    async def __call__(self, events: Sequence[Event]) -> Handled:
        """Handle the events that can be handled.

        Raises `Unavailable` if a server is down: the broker redelivers all events, and none has
        failed. Any other error means that nothing of the batch was stored. The batch is then split
        until the bad event is alone, and that event is retried later.
        """
        ...
