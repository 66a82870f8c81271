"""The publishers in the relay's tests."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from chassis.application.ports.outbox import Envelope


class Broker:
    """Takes what it does not refuse, while it is there."""

    def __init__(self) -> None:
        self.published: list[UUID] = []
        self.refused: set[UUID] = set()
        self.there = asyncio.Event()
        self.there.set()
        self.asked = asyncio.Event()
        self.error: Exception | None = None

    async def publish(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        self.asked.set()
        await self.there.wait()
        if self.error is not None:
            raise self.error
        taken = [envelope.id for envelope in envelopes if envelope.id not in self.refused]
        self.published += taken
        return set(taken)
