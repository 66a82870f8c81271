"""The outbox as a use case sees it, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from chassis.application.ports.clock import Clock
from chassis.application.ports.outbox import Envelope


@dataclass
class OutboxRow:
    """A row: an envelope that is not confirmed yet."""

    envelope: Envelope
    due: datetime
    attempts: int = 0
    claimed: bool = False


class MemoryOutbox:
    """The outbox in one transaction, whose rows these are."""

    def __init__(self, rows: dict[UUID, OutboxRow], clock: Clock) -> None:
        self._rows = rows
        self._clock = clock

    async def add(self, envelopes: Sequence[Envelope]) -> None:
        now = self._clock()
        self._rows |= {envelope.id: OutboxRow(envelope, now) for envelope in envelopes}
