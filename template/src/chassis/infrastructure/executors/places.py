"""The places of an executor: limited, counted, and waited for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.application.bulkhead import Bulkhead
from chassis.application.ports.metrics import Gauge, Metrics

# Seconds that a caller waits for a place.
TIMEOUT = 30.0

RUNNING = Gauge("executor_running", "Calls that run outside of the event loop.", ("executor",))
WAITING = Gauge("executor_waiting", "Calls that wait for a place in an executor.", ("executor",))


class Places:
    """At most `size` callers at a time; the rest wait, in their order."""

    def __init__(self, executor: str, size: int, metrics: Metrics) -> None:
        self._bulkhead = Bulkhead(size, TIMEOUT)
        self._running = self._callers = 0
        metrics.watch(RUNNING, lambda: self._running, executor)
        metrics.watch(WAITING, lambda: self._callers - self._running, executor)

    @asynccontextmanager
    async def taken(self) -> AsyncIterator[None]:
        """Wait for a place and hold it inside the block; raises `Busy`."""
        self._callers += 1
        try:
            async with self._bulkhead.place():
                self._running += 1
                try:
                    yield
                finally:
                    self._running -= 1
        finally:
            self._callers -= 1
