"""The handler of the tests' batches, and its callers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from chassis.application.actors.batcher import Batcher


class Clerk:
    """Answers in capitals; what it is told to fail on it fails on, with the whole batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.failing: dict[str, Exception] = {}
        self.open = asyncio.Event()
        self.open.set()

    async def handle(self, batch: Sequence[str]) -> list[str | Exception]:
        self.batches.append(list(batch))
        await self.open.wait()
        for request in batch:
            if request in self.failing:
                raise self.failing[request]
        return [KeyError(each) if each == "refused" else each.upper() for each in batch]


@asynccontextmanager
async def running(batcher: Batcher[str, str]) -> AsyncIterator[asyncio.Event]:
    stopping = asyncio.Event()
    async with asyncio.timeout(5), asyncio.TaskGroup() as group:
        group.create_task(batcher.run(stopping))
        yield stopping
        stopping.set()


async def ask(batcher: Batcher[str, str], *requests: str) -> list[str | BaseException]:
    return await asyncio.gather(*map(batcher.ask, requests), return_exceptions=True)
