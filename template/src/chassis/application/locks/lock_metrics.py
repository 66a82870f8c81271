"""The metrics of locks, labelled by the kind that a name begins with."""

import time
from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.application.errors import LockHeld
from chassis.application.locks.lock_name import kind_of
from chassis.application.ports.metrics import Counter, Gauge, Histogram, Metrics

HELD = Gauge("locks_held", "Locks that this process holds.", ("scope", "lock"))
WAITED = Histogram(
    "lock_wait_seconds",
    "How long callers waited for a lock, with or without success.",
    buckets=(0.001, 0.01, 0.1, 0.5, 1, 5, 30),
    labels=("scope", "lock"),
)
TIMEOUTS = Counter("lock_timeouts", "Locks that did not become free in time.", ("scope", "lock"))
LOST = Counter("locks_lost", "Locks that were lost while they were held.", ("scope", "lock"))


class LockMetrics:
    """Records what happens to the locks of one scope: `shared` or `local`."""

    def __init__(self, metrics: Metrics, scope: str) -> None:
        self._metrics = metrics
        self._scope = scope
        self._held: Tally[str] = Tally()

    @contextmanager
    def waiting(self, name: str) -> Iterator[None]:
        """Measure the wait for a lock."""
        labels = (self._scope, kind_of(name))
        for counter in (TIMEOUTS, LOST):
            self._metrics.count(counter, *labels, amount=0)
        began = time.monotonic()
        try:
            yield
        except LockHeld:
            self._metrics.count(TIMEOUTS, *labels)
            raise
        finally:
            self._metrics.observe(WAITED, time.monotonic() - began, *labels)

    @contextmanager
    def holding(self, name: str) -> Iterator[None]:
        """Count a lock while it is held."""
        self._change(kind_of(name), 1)
        try:
            yield
        finally:
            self._change(kind_of(name), -1)

    def lost(self, name: str) -> None:
        """Count a loss."""
        self._metrics.count(LOST, self._scope, kind_of(name))

    def _change(self, kind: str, by: int) -> None:
        self._held[kind] += by
        self._metrics.gauge(HELD, self._held[kind], self._scope, kind)
