"""Port: the broker as a producer sees it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from chassis.application.ports.outbox import Envelope


class Publisher(Protocol):
    """Publishes persistent messages with confirms."""

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Publish all and return the ids that the broker confirmed: those it will not lose.

        Raises `Unavailable` if the broker does not answer.
        """
        ...
