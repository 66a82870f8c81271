"""A subscriber: follows one stream, and comes back with its cursor where it is cut."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import httpx

PAUSE = 0.2


class Subscriber:
    """What came out of a replica's `/stream`."""

    def __init__(self, url: str) -> None:
        self.seen: Counter[str] = Counter()
        self.cuts = 0
        self.resets = 0
        self._url = url
        self._cursor: str | None = None
        self._arrival = asyncio.Event()
        self._started = asyncio.Event()

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow for as long as the block lasts; it begins once the stream is open."""
        task = asyncio.create_task(self._follow())
        try:
            async with asyncio.timeout(30):
                await self._started.wait()
            yield
        finally:
            task.cancel()

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

    async def _follow(self) -> None:
        async with httpx.AsyncClient(timeout=httpx.Timeout(10, read=40)) as http:
            while True:
                headers = {"Last-Event-ID": self._cursor} if self._cursor else {}
                try:
                    async with http.stream("GET", f"{self._url}/stream", headers=headers) as answer:
                        if answer.status_code == 200:
                            await self._read(answer)
                except httpx.TransportError:
                    pass
                self.cuts += 1
                await asyncio.sleep(PAUSE)

    async def _read(self, answer: httpx.Response) -> None:
        event = ""
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            match name:
                case "id":
                    self._cursor = value
                    self._started.set()
                case "event":
                    event = value
                    self.resets += event == "reset"
                case "data" if event == "notification":
                    self.seen[json.loads(value)["id"]] += 1
                    self._arrival.set()
                case "":
                    event = ""
