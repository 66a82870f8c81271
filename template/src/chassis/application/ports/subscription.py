"""Port: the broker as a consumer sees it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from chassis.application.failures import NONE, Failures

RECEIVED_BYTES = 16 * 2**20


class Delivery(Struct, frozen=True, gc=False):
    """A message handed over by the broker; it comes again until it is acked or rejected.

    `tag` is the broker's name for it within this subscription, `failures` what it has behind it.
    """

    tag: int
    body: bytes
    failures: Failures = NONE


class Rejection(Struct, frozen=True):
    """A delivery that could not be handled, and why; `failures` counts this one too.

    It comes again `delay` seconds later, or lies among the dead letters where that is `None`.
    `event_id` is for the log, where the message is an event at all.
    """

    delivery: Delivery
    reason: str
    failures: Failures
    delay: float | None = None
    event_id: UUID | None = None


class Moved(Struct, frozen=True):
    """What became of rejections: those the broker keeps now, and those it did not take."""

    kept: list[Rejection] = []
    left: list[Rejection] = []


class Subscription(Protocol):
    """A queue of the consumer's own, with a bounded number of deliveries in flight."""

    async def declare(self) -> None:
        """Make the queue and its bindings: what is published from now on reaches it.

        Takes nothing from it. Raises `Unavailable`, as `start` does.
        """
        ...

    async def start(self) -> None:
        """Begin to consume, where that has ended or not begun.

        Raises `Unavailable`, with the reason, also where the broker refuses the queue.
        """
        ...

    async def receive(self, limit: int, size: int = RECEIVED_BYTES) -> list[Delivery]:
        """Wait for a delivery, and return it with what else is there.

        At most `limit` deliveries, and at most `size` bytes of bodies unless one alone is larger.
        Safe to cancel: a delivery is either returned or still in the queue.
        """
        ...

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these are stored and need not come again."""
        ...

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Give these back with all that nobody has received yet, and take no more until `start`.

        Whatever else was received stays in hand.
        """
        ...

    async def reject(self, rejections: Sequence[Rejection]) -> Moved:
        """Keep each where it waits for its delay or for an operator, then ack its delivery.

        The deliveries of those that are left are still in hand. One that is in hand no more, and is
        not kept, comes again by itself and is in neither list. Raises `Unavailable`: then call
        again, with the same.
        """
        ...
