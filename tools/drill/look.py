"""The contents of the stores, read from the servers themselves and not from the service."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg
import pika

PATIENCE = 60.0


async def rows(url: str, query: str, *arguments: object) -> list[Any]:
    """Return what a query finds in the database at `url`."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return list(await connection.fetch(query, *arguments))
    finally:
        await connection.close()


async def script(url: str, statements: str) -> None:
    """Execute several statements, with semicolons between them."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statements)
    finally:
        await connection.close()


async def ids(url: str, table: str) -> Counter[str]:
    """Return how often each id stands in a table."""
    return Counter(str(row["id"]) for row in await rows(url, f"SELECT id FROM {table}"))


async def waiting(url: str) -> int:
    """Return how many events the outbox holds."""
    found: int = (await rows(url, "SELECT count(*) FROM outbox"))[0][0]
    return found


async def depth(url: str, queue: str) -> int:
    """Return how many messages a queue holds; none where there is no such queue."""
    return await asyncio.to_thread(_depth, url, queue) or 0


async def exists_soon(url: str, queue: str) -> None:
    """Wait until there is such a queue; raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(_depth, url, queue) is None:
            await asyncio.sleep(0.1)


async def consumed_soon(url: str, queue: str, count: int = 1) -> None:
    """Wait until a queue has `count` consumers, and so its bindings; raises `TimeoutError`."""
    async with asyncio.timeout(PATIENCE):
        while await asyncio.to_thread(_consumers, url, queue) < count:
            await asyncio.sleep(0.1)


async def depth_soon(url: str, queue: str, count: int) -> bool:
    """Wait until a queue holds that many; false where it does not in time."""

    async def holds() -> bool:
        return await depth(url, queue) == count

    return await _soon(holds)


async def drained(settings: Mapping[str, str], queue: str) -> bool:
    """Wait until the outbox and the queue are empty; false where they do not empty in time."""

    async def empty() -> bool:
        outbox = await waiting(settings["DATABASE_URL"])
        return outbox == 0 and await depth(settings["BROKER_URL"], queue) == 0

    return await _soon(empty)


async def stored(url: str, count: int) -> bool:
    """Wait until the journal holds that many; false where it does not in time."""

    async def holds() -> bool:
        return bool((await rows(url, "SELECT count(*) FROM journal"))[0][0] >= count)

    return await _soon(holds)


async def _soon(holds: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            while not await holds():
                await asyncio.sleep(0.2)
    except TimeoutError:
        return False
    return True


def _depth(url: str, queue: str) -> int | None:
    found = _declared(url, queue)
    return None if found is None else int(found.message_count)


def _consumers(url: str, queue: str) -> int:
    found = _declared(url, queue)
    return 0 if found is None else int(found.consumer_count)


def _declared(url: str, queue: str) -> Any:
    """Return the broker's data of a queue; none if there is no such queue."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        try:
            return connection.channel().queue_declare(queue, passive=True).method
        except pika.exceptions.ChannelClosedByBroker:
            return None
