"""A throttle: a minimum interval between calls."""

import asyncio


class Throttle:
    """Lets a call begin at least `interval` seconds after the one before.

    A caller that comes later does not wait.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._next = 0.0

    async def wait(self) -> None:
        """Return when the caller may begin, in the order of the calls."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._next)
        self._next = begin + self._interval
        if begin > now:
            await asyncio.sleep(begin - now)
