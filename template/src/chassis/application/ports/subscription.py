"""Port: the broker as a consumer sees it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from msgspec import Struct

from chassis.application.failures import NONE, Failures

RECEIVED_BYTES = 16 * 2**20


class Delivery(Struct, frozen=True, gc=False):
    """A message from the broker; it is redelivered until it is acked or rejected.

    `tag` is the broker's name for it within this subscription, `failures` its earlier failures.
    """

    tag: int
    body: bytes
    failures: Failures = NONE


class Rejection(Struct, frozen=True):
    """A delivery that could not be handled, and why; `failures` counts this one too.

    It comes again `delay` seconds later, or is dead-lettered if that is `None`. `event_id`,
    `event_type` and `caller` are those of the event, if the message is one at all.
    """

    delivery: Delivery
    reason: str
    failures: Failures
    delay: float | None = None
    event_id: UUID | None = None
    caller: str | None = None
    event_type: str | None = None


class Moved(Struct, frozen=True):
    """The result of rejections: those the broker keeps now, and those it did not take."""

    confirmed: list[Rejection] = []
    left: list[Rejection] = []


class Subscription(Protocol):
    """A queue of the consumer's own, with a bounded number of deliveries in flight."""

    async def declare(self) -> None:
        """Declare the queue and its bindings: messages that are published from now on reach it.

        Takes nothing from it. Raises `Unavailable`, as `start` does.
        """
        ...

    async def start(self) -> None:
        """Begin to consume, if that has ended or not begun.

        Raises `Unavailable`, with the reason, also if the broker refuses the queue.
        """
        ...

    async def receive(self, limit: int, size: int = RECEIVED_BYTES) -> list[Delivery]:
        """Wait for a delivery, and return it with the other ready ones.

        At most `limit` deliveries, and at most `size` bytes of bodies unless one alone is larger.
        Safe to cancel: a delivery is either returned or still in the queue.
        """
        ...

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Ack these: they are stored, and need not come again."""
        ...

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Requeue these and all buffered ones, and take no more until `start`.

        Other received deliveries stay unacked.
        """
        ...

    async def reject(self, rejections: Sequence[Rejection]) -> Moved:
        """Keep each in the queue of its delay or for an operator, then ack its delivery.

        The deliveries of those that are left are still unacked. A delivery that is lost with its
        channel, and is not kept, is redelivered and is in neither list. Raises `Unavailable`: then
        call again, with the same.
        """
        ...
