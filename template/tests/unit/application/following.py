"""What the tests of the follower share."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from app.application.follow import Follower
from app.application.notification.messages import StreamItem, Subscribe
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics, RecordingWake, make_notification, store

LIMIT = 3
LONG = 60.0
SHORT = 0.002

type Items = AsyncGenerator[StreamItem]


class Log:
    """A journal, its follower, and short words for what the tests do with them."""

    def __init__(self, heartbeat: float = LONG) -> None:
        self.database = MemoryDatabase()
        self.metrics = RecordingMetrics()
        self.wake = RecordingWake()
        work = MemoryUnitOfWork(self.database)
        self.follower = Follower(work, self.wake, self.metrics, heartbeat, LIMIT)

    async def append(self, count: int, **fields: Any) -> list[str]:
        """Append that many and return their cursors."""
        await store(self.database, [make_notification(**fields) for _ in range(count)])
        return [self.cursor(entry.position) for entry in self.database.state.journal[-count:]]

    async def appended(self, count: int, **fields: Any) -> list[str]:
        """Append that many, and let the follower hear of it."""
        cursors = await self.append(count, **fields)
        await self.advance()
        return cursors

    async def advance(self) -> None:
        while await self.follower.step():
            pass

    def cursor(self, position: int) -> str:
        return f"{self.database.epoch}.{position}"

    async def opened(self, **fields: Any) -> Items:
        """Open a stream that has said where it starts."""
        stream = self.follower.open(Subscribe(**fields))
        assert (await anext(stream)).event == "heartbeat"
        return stream


async def started(heartbeat: float = LONG) -> Log:
    log = Log(heartbeat)
    await log.advance()
    return log


async def take(stream: Items, count: int) -> list[str]:
    """Return the cursors of the next notifications."""
    async with asyncio.timeout(1):
        items = [await anext(stream) for _ in range(count)]
    assert {item.event for item in items} <= {"notification"}
    return [item.cursor for item in items]


async def settled(stream: Items) -> "asyncio.Task[StreamItem]":
    """Ask for the next item, and give the stream the time to find one."""
    asking = asyncio.ensure_future(anext(stream))
    for _ in range(20):
        await asyncio.sleep(0)
    return asking


async def assert_idle(stream: Items) -> None:
    """Show that there is nothing to come; the stream ends with it."""
    asking = await settled(stream)
    assert asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
