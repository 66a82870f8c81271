"""The backlog: how much waits in the outbox, and whether more may be accepted."""

from app.application.errors import Busy
from app.application.ports.clock import Clock
from app.application.ports.metrics import Gauge, Metrics
from app.application.ports.pending import Pending

RETRY_AFTER = 5

ROWS = Gauge("outbox_rows", "Events that wait for the broker.")


class Backlog:
    """Refuses new work while the outbox is above `mark`; counts it at most once a second."""

    def __init__(self, pending: Pending, clock: Clock, metrics: Metrics, mark: int) -> None:
        self._pending = pending
        self._clock = clock
        self._metrics = metrics
        self._mark = mark
        self._count = 0
        self._counted_at: float | None = None

    async def check(self) -> None:
        """Raise `Busy` while more than `mark` envelopes wait for the broker."""
        now = self._clock().timestamp()
        if self._counted_at is None or not 0 <= now - self._counted_at < 1:
            self._counted_at = now
            self._count = await self._pending.count()
            self._metrics.gauge(ROWS, self._count)
        if self._count > self._mark:
            raise Busy(f"{self._count} events wait for the broker", RETRY_AFTER)
