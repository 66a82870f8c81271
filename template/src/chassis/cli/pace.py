"""A pace for what a command does many times."""

import asyncio


class Pace:
    """Lets at most `rate` steps a second through; None lets all through."""

    def __init__(self, rate: float | None) -> None:
        self._interval = 1 / rate if rate else 0.0
        self._due = 0.0

    async def next(self) -> None:
        """Wait until the next step is due."""
        now = asyncio.get_running_loop().time()
        await asyncio.sleep(max(0.0, self._due - now))
        self._due = max(self._due, now) + self._interval
