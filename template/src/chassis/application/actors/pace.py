"""A pace: a minimum interval between turns."""

import asyncio


class Pace:
    """Lets a turn begin at least `interval` seconds after the one before.

    A caller that comes later does not wait.
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
