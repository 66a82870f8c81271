"""Helpers of the follower's tests."""

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import Any

import pytest

from chassis.application.event import Event
from chassis.application.ports.journal import Filter
from chassis.application.ports.tracing import Tracing
from chassis.application.streaming.follower import Follower
from chassis.application.streaming.messages import ItemStream, StreamItem
from chassis.application.tracing.no_tracing import NoTracing
from tests.chassis.unit.events import BOTH
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics, RecordingSignal, make_notification, store

LIMIT = 3
LONG = 60.0
SHORT = 0.002


class Items:
    """The items of a stream, one after the other."""

    def __init__(self, stream: ItemStream) -> None:
        self._stream = stream
        self._ready = deque[StreamItem]()

    async def __anext__(self) -> StreamItem:
        while not self._ready:
            self._ready += await anext(self._stream)
        return self._ready.popleft()

    async def aclose(self) -> None:
        self._stream.close()


class Log:
    """A journal, its follower, and short words for what the tests do with them."""

    def __init__(
        self, heartbeat: float = LONG, limit: int = LIMIT, tracing: Tracing | None = None
    ) -> None:
        self.database = MemoryDatabase()
        self.metrics = RecordingMetrics()
        self.signal = RecordingSignal()
        work = MemoryUnitOfWork(self.database)
        self.follower = Follower(
            work,
            BOTH,
            self.signal,
            self.database.clock,
            self.metrics,
            tracing or NoTracing(),
            heartbeat,
            limit,
        )

    async def append(self, count: int, **fields: Any) -> list[str]:
        """Append that many and return their cursors."""
        await store(self.database, [make_notification(**fields) for _ in range(count)])
        return [self.cursor(entry.position) for entry in self.database.state.journal[-count:]]

    async def appended(self, count: int, **fields: Any) -> list[str]:
        """Append that many, and let the follower hear of it."""
        cursors = await self.append(count, **fields)
        await self.advance()
        return cursors

    async def announced(self, *events: Event) -> list[str]:
        """Append events of any types, let the follower hear of it, and return their cursors."""
        async with MemoryUnitOfWork(self.database).begin() as work:
            positions = await work.journal.append(events)
        await self.advance()
        return [self.cursor(position) for position in positions.values()]

    async def advance(self) -> None:
        while await self.follower.step():
            pass

    def cursor(self, position: int) -> str:
        return f"{self.database.epoch}.{position}"

    def open(
        self,
        lasting: float | None = None,
        cursor: str | None = None,
        receiver: str | None = None,
        action_type: str | None = None,
        types: Iterable[str] | None = None,
    ) -> Items:
        """Open a stream, for as many seconds as a token is good."""
        expires_at = None if lasting is None else self.database.clock().timestamp() + lasting
        kinds = None if types is None else frozenset(types)
        matching = Filter(kinds, subject=receiver, tag=action_type)
        return Items(self.follower.open(matching, cursor, expires_at))

    def position(self, cursor: str) -> int:
        return int(cursor.partition(".")[2])

    async def opened(self, **fields: Any) -> Items:
        """Open a stream that has said where it starts."""
        stream = self.open(**fields)
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
