"""Port: the broker as a consumer sees it."""

from collections.abc import Sequence
from typing import Protocol

from msgspec import Struct


class Delivery(Struct, frozen=True):
    """A message handed over by the broker; it comes again until it is acked or parked.

    `tag` is the broker's name for it within this subscription.
    """

    tag: int
    body: bytes


class Subscription(Protocol):
    """A queue of the consumer's own, with a bounded number of deliveries in flight."""

    async def receive(self, limit: int) -> list[Delivery]:
        """Wait for a delivery, and return it with what else is there, at most `limit`.

        Safe to cancel: a delivery is either returned or still in the queue.
        """
        ...

    async def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Tell the broker that these are stored and need not come again."""
        ...

    async def requeue(self, deliveries: Sequence[Delivery]) -> None:
        """Give these back, to be delivered again."""
        ...

    async def park(self, delivery: Delivery, reason: str) -> None:
        """Move a delivery that can never be handled to the dead letters, then ack it."""
        ...
