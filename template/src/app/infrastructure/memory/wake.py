"""A bell inside the process."""

import asyncio


class MemoryWake:
    """Wakes the one loop of this process that waits on it."""

    def __init__(self) -> None:
        self._rung = asyncio.Event()

    async def ring(self) -> None:
        """Wake whoever waits."""
        self._rung.set()

    async def ring_others(self) -> None:
        """Do nothing: there are no others."""

    async def wait(self, timeout: float) -> None:
        """Return once it was rung since the last wait, or after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout):
                await self._rung.wait()
        except TimeoutError:
            pass
        self._rung.clear()

    async def close(self) -> None:
        """Return: there is nothing to close."""
