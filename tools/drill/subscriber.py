"""A subscriber: follows one stream, and comes back with its cursor where it is cut."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from tools.client.reader import Reader

RETRY = 0.2


class Subscriber:
    """The items of a replica's `/stream`, after a cursor or from now on."""

    def __init__(self, url: str, cursor: str = "") -> None:
        self.seen: Counter[str] = Counter()
        self._reader = Reader(url, "", self._take, retry=RETRY)
        if cursor:
            self._reader.rewind(cursor)
        self._arrival = asyncio.Event()

    @property
    def cuts(self) -> int:
        """How often the stream was lost."""
        return self._reader.cuts

    @property
    def resets(self) -> int:
        """How often its cursor could not be resumed."""
        return self._reader.resets

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow for as long as the block lasts; it begins once the stream is open."""
        task = asyncio.create_task(self._reader.follow())
        try:
            await self.back()
            yield
        finally:
            task.cancel()

    async def back(self) -> None:
        """Wait until the stream is open; raises `TimeoutError`."""
        async with asyncio.timeout(30):
            await self._reader.there.wait()

    async def saw(self, ids: Collection[str], patience: float) -> bool:
        """Wait until all `ids` have come; return false where none has for `patience` seconds."""
        wanted = set(ids)
        while not wanted <= self.seen.keys():
            self._arrival.clear()
            try:
                async with asyncio.timeout(patience):
                    await self._arrival.wait()
            except TimeoutError:
                return False
        return True

    def _take(self, data: bytes, _: int) -> None:
        self.seen[json.loads(data)["id"]] += 1
        self._arrival.set()
