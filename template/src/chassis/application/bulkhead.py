"""A bulkhead: a limit on the callers that do one kind of work at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from chassis.application.errors import Busy

RETRY_AFTER = 1


class Bulkhead:
    """Has `at_once` places for each key; a caller that waits for one holds nothing.

    A caller waits for `timeout` seconds, without a limit if that is None. After a cancelled caller
    its place stays taken for `pause` seconds.
    """

    def __init__(self, at_once: int, timeout: float | None = None, pause: float = 0.0) -> None:
        self._at_once = at_once
        self._timeout = timeout
        self._pause = pause
        self._places: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return the number of keys that have a caller inside, or one that waits."""
        return len(self._places)

    @asynccontextmanager
    async def place(self, key: str = "") -> AsyncIterator[None]:
        """Wait for a place and hold it inside the block; raises `Busy` if none becomes free."""
        places = self._places.get(key)
        if places is None:
            places = self._places[key] = asyncio.Semaphore(self._at_once)
        self._users[key] += 1
        try:
            await self._take(places)
            pause = 0.0
            try:
                yield
            except asyncio.CancelledError:
                pause = self._pause
                raise
            finally:
                if pause:
                    asyncio.get_running_loop().call_later(pause, places.release)
                else:
                    places.release()
        finally:
            self._users[key] -= 1
            if not self._users[key]:
                del self._users[key], self._places[key]

    async def _take(self, places: asyncio.Semaphore) -> None:
        # A free place is taken without the cost of a timer.
        if self._timeout is None or not places.locked():
            await places.acquire()
            return
        try:
            async with asyncio.timeout(self._timeout):
                await places.acquire()
        except TimeoutError:
            reason = f"too many such requests: no place became free within {self._timeout:g} s"
            raise Busy(reason, RETRY_AFTER) from None
