"""A bell inside the process."""

import asyncio


class MemoryWake:
    """Wakes one loop of this process that waits on it: the one that has waited longest."""

    def __init__(self) -> None:
        # The others wait for their turn, so that not all of them look for what one finds.
        self._turn = asyncio.Lock()
        self._rung = asyncio.Event()

    async def ring(self) -> None:
        """Wake one that waits, or the next one to wait."""
        self._rung.set()

    async def ring_others(self) -> None:
        """Do nothing: there are no others."""

    async def wait(self, timeout: float) -> None:
        """Return once it was rung since the last wait, or after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout), self._turn:
                await self._rung.wait()
                self._rung.clear()
        except TimeoutError:
            pass

    async def close(self) -> None:
        """Return: there is nothing to close."""
