"""A signal inside the process."""

import asyncio


class MemorySignal:
    """Wakes one loop of this process that waits on it: the one that has waited longest."""

    def __init__(self) -> None:
        # The other loops wait for their turn, so that only one of them reads.
        self._turn = asyncio.Lock()
        self._notified = asyncio.Event()

    async def notify(self) -> None:
        """Wake one that waits, or the next one to wait."""
        self._notified.set()

    async def notify_others(self) -> None:
        """Do nothing: there are no other processes."""

    async def wait(self, timeout: float) -> None:
        """Return once it was notified since the last wait, or after `timeout` seconds."""
        try:
            async with asyncio.timeout(timeout), self._turn:
                await self._notified.wait()
                self._notified.clear()
        except TimeoutError:
            pass

    async def close(self) -> None:
        """Return: there is nothing to close."""
