"""The promotion of a standby that lacks the last commits, under streams that have seen them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from app.application.notification.mapping import decode
from chassis.application.errors import Busy, Unavailable
from chassis.application.streaming.messages import ItemStream, StreamItem, Subscribe
from chassis.infrastructure.database.migration.migrate import migrate
from tests.harness import Service
from tests.servers.postgresql import PostgresqlServer
from tests.servers.standby import PostgresqlStandby

TIMEOUT = 60.0
# A standby's sequence is up to 32 numbers ahead: so many more positions are given twice.
LOST = 100
NEW = 10


class Subscriber:
    """Keeps what a stream brings."""

    def __init__(self, stream: ItemStream) -> None:
        self.items: list[StreamItem] = []
        self._stream = stream
        self._taking = asyncio.create_task(self._take())

    @property
    def resets(self) -> list[str]:
        """The cursors of the resets."""
        return [item.cursor for item in self.items if item.event == "reset"]

    def has(self, identity: str) -> bool:
        return any(
            str(decode(item.data).id) == identity for item in self.items if item.data is not None
        )

    async def leave(self) -> str:
        """Go, and return the cursor to come back with."""
        self._taking.cancel()
        self._stream.close()
        return self.items[-1].cursor

    async def _take(self) -> None:
        async for items in self._stream:
            self.items += items


async def test_streams_get_what_is_new_or_a_reset(
    own_postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    async with replicas(own_postgresql, tmp_path) as (first, second):
        with PostgresqlStandby.of(own_postgresql) as standby:
            await send(first, 3)
            await asyncio.to_thread(standby.detach)
            here, there, leaving = [await subscribe(each) for each in (first, second, second)]
            lost = (await send(first, LOST))[-1]
            await until(lambda: all(each.has(lost) for each in (here, there, leaving)))
            cursor = await leaving.leave()

            await asyncio.to_thread(own_postgresql.kill)
            await asyncio.to_thread(standby.take_over)
            await send(second, NEW)
            await until(lambda: here.resets and there.resets)

            last = (await send(first, NEW))[-1]
            back = await subscribe(first, cursor)
            await until(lambda: here.has(last) and there.has(last))
            assert back.items[0].event == "reset"
            # The replicas agree: one drew, and a cursor of either is good for the other.
            (reset,), (other,) = here.resets, there.resets
            assert reset.partition(".")[0] == other.partition(".")[0]
            resumed = await subscribe(second, reset)
            await until(lambda: resumed.has(last))
            assert not resumed.resets


async def test_a_standby_that_lacks_nothing_resets_too(
    own_postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    """Nothing tells a standby that lacks commits from one that does not."""
    async with replicas(own_postgresql, tmp_path) as (first, second):
        with PostgresqlStandby.of(own_postgresql) as standby:
            subscribers = [await subscribe(each) for each in (first, second)]
            await send(first, 3)
            await asyncio.to_thread(standby.level)
            await asyncio.to_thread(own_postgresql.kill)
            await asyncio.to_thread(standby.take_over)

            await until(lambda: all(each.resets for each in subscribers))
            last = (await send(second, 1))[-1]
            await until(lambda: all(each.has(last) for each in subscribers))


async def test_a_restart_of_the_server_resets_nobody(
    own_postgresql: PostgresqlServer, tmp_path: Path
) -> None:
    async with replicas(own_postgresql, tmp_path) as (first, second):
        here, leaving = await subscribe(first), await subscribe(second)
        await send(first, 3)
        await until(lambda: len(leaving.items) > 3)
        cursor = await leaving.leave()
        await asyncio.to_thread(own_postgresql.kill)
        await asyncio.to_thread(own_postgresql.start)
        last = (await send(second, NEW))[-1]

        back = await subscribe(second, cursor)
        await until(lambda: here.has(last) and back.has(last))
        assert not here.resets
        assert not back.resets


@asynccontextmanager
async def replicas(
    server: PostgresqlServer, folder: Path
) -> AsyncIterator[tuple[Service, Service]]:
    """Run two on one database; the events that one ingests reach the other over the journal."""
    url = server.databases.create("app")
    await migrate(url)
    async with AsyncExitStack() as stack:
        first, second = [
            await stack.enter_async_context(Service.running(folder, DATABASE_URL=url))
            for _ in range(2)
        ]
        yield first, second


async def subscribe(service: Service, cursor: str | None = None) -> Subscriber:
    """Open a stream, and wait until it has begun."""
    subscriber = Subscriber(await service.ask(Subscribe(cursor=cursor)))
    await until(lambda: subscriber.items)
    return subscriber


async def send(service: Service, count: int) -> list[str]:
    """Register that many, as a caller that tries again does."""
    ids: list[str] = []
    async with asyncio.timeout(TIMEOUT):
        while len(ids) < count:
            try:
                ids.append(await service.send(receiver="ada", action_type="greeted"))
            except (Unavailable, Busy):
                await asyncio.sleep(0.1)
    return ids


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(TIMEOUT):
        while not await asyncio.to_thread(holds):
            await asyncio.sleep(0.05)
