"""Refusals at a pace: whoever asks too often does not hear so as often as it asks.

Answered at once, a caller that asks again at once would take the time of all others: to refuse a
request is cheaper than to grant it, and not free.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable

# For one refusal, so many requests might be granted: to refuse takes a good part of that time.
SHARE = 10
# Seconds between two refusals of a caller that may ask seldom, and until the last of many.
SELDOM = 0.1
MOST = 2.0


class Refusals:
    """Refuses each caller a tenth as often as its `rate` a second, or ten times where that is less.

    Nothing is kept of who waits for none.
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
        """Wait until the caller may be refused once more, behind its other requests."""
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
