"""The pace of a command's repeated work."""

import asyncio


class Pace:
    """Allows at most `rate` steps a second; None is no limit."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._due = 0.0

    async def next(self) -> None:
        """Wait until the next step is due."""
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self._due - now))
        self._due = max(self._due, now) + self._interval
