"""A pace: no two turns in quick succession."""

import asyncio


class Pace:
    """Lets a turn begin `interval` seconds after the one before, at the earliest.

    Whoever comes later than that waits for nothing.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0

    async def turn(self) -> None:
        """Return when it is the caller's turn, in the order of the calls."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._next)
        self._next = begin + self._interval
        if begin > now:
            await asyncio.sleep(begin - now)
