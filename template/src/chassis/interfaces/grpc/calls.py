"""The running calls: how many there may be, and whether new ones are accepted."""

import asyncio

from chassis.application.errors import Busy

RETRY_AFTER = 1
# Seconds that clients of refused calls need to send the next one, if they send it at once.
PAUSE = 0.05


class Calls:
    """Counts the calls; streams are calls, too."""

    def __init__(self, limit: int) -> None:
        self.under_way = 0
        self._limit = limit
        self._is_draining = False
        self._latest = 0.0
        self._none = asyncio.Event()
        self._none.set()

    def enter(self) -> None:
        """Count one more; raises `Busy` at the limit, or after `close`."""
        if self._is_draining:
            self._latest = asyncio.get_running_loop().time()
            raise Busy("the service is stopping: call another one", RETRY_AFTER)
        if self.under_way >= self._limit:
            raise Busy(f"the limit of {self._limit} concurrent calls is reached", RETRY_AFTER)
        self.under_way += 1
        self._none.clear()

    def leave(self) -> None:
        """Count one less."""
        self.under_way -= 1
        if not self.under_way:
            self._none.set()

    async def drain(self, at_most: float) -> None:
        """Refuse new ones from now on; return once none has come for a while."""
        loop = asyncio.get_running_loop()
        self._is_draining = True
        self._latest = now = loop.time()
        end = now + at_most
        while now < (until := min(end, self._latest + PAUSE)):
            await asyncio.sleep(until - now)
            now = loop.time()

    async def finished(self, at_most: float) -> bool:
        """Wait until no call runs; return whether that is so in time."""
        try:
            async with asyncio.timeout(at_most):
                await self._none.wait()
        except TimeoutError:
            return False
        return True
