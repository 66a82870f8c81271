"""Paced refusals: a caller over its rate limit waits before it gets its refusal.

An immediate refusal invites an immediate retry. A refusal is cheaper than an answer but not free,
so retries would take the time of other callers.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

# Requests that the service could answer in the time of one refusal.
SHARE = 10
# Seconds between two refusals of a caller with a low rate, and the longest wait for a refusal.
SELDOM = 0.1
MOST = 2.0


class Refusals:
    """Refuses each caller at a tenth of its `rate` a second, but at least ten times a second.

    It keeps no state for a caller that does not wait.
    """

    def __init__(
        self,
        rate: float,
        now: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._interval = min(SHARE / rate, SELDOM)
        self._now = now
        self._sleep = sleep
        self._latest: dict[str, float] = {}
        self._waiting: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many callers wait."""
        return len(self._waiting)

    async def wait(self, caller: str) -> None:
        """Wait for the caller's next refusal, behind its other requests."""
        now = self._now()
        due = min(max(now, self._latest.get(caller, now)) + self._interval, now + MOST)
        self._latest[caller] = due
        self._waiting[caller] += 1
        try:
            await self._sleep(due - now)
        finally:
            self._waiting[caller] -= 1
            if not self._waiting[caller]:
                del self._waiting[caller], self._latest[caller]
