"""Measurements of processes, the database and the broker, from outside."""

import asyncio
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import asyncpg
import pika

from tools.drill import look

PATIENCE = 120.0
LOOK = 0.01
STILL = 0.3

# The traces of a load, if a side has them.
TABLES = ("notifications", "outbox", "journal", "idempotency_keys")
_THERE = "SELECT relname FROM pg_class WHERE relname = ANY($1) AND relkind IN ('r', 'p')"


async def rows(url: str, table: str) -> int:
    """Return how many rows a table has."""
    found: int = (await look.rows(url, f"SELECT count(*) FROM {table}"))[0][0]
    return found


async def settled(url: str, table: str) -> int:
    """Return how many rows a table has, once no more are added."""
    before, count = -1, await rows(url, table)
    while count != before:
        await asyncio.sleep(STILL)
        before, count = count, await rows(url, table)
    return count


async def clear(settings: Mapping[str, str], tables: Collection[str] = TABLES) -> None:
    """Empty the tables and the queue of one side, also of what earlier rounds left to tidy up."""
    connection = await asyncpg.connect(settings["DATABASE_URL"].replace("+asyncpg", ""))
    try:
        if there := [row[0] for row in await connection.fetch(_THERE, [*tables])]:
            await connection.execute(f"TRUNCATE {', '.join(there)} RESTART IDENTITY")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
    await asyncio.to_thread(_purge, settings["BROKER_URL"], settings["BROKER_QUEUE"])


async def bind(settings: Mapping[str, str]) -> None:
    """Bind the queue to the exchange, once a consumer has made both."""
    await look.exists_soon(settings["BROKER_URL"], settings["BROKER_QUEUE"])
    await asyncio.to_thread(_bind, settings)


async def drained(url: str) -> float:
    """Wait until the outbox is empty; return the seconds. Raises `TimeoutError`."""
    began = time.perf_counter()
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        async with asyncio.timeout(PATIENCE):
            while await connection.fetchval("SELECT EXISTS (SELECT FROM outbox)"):
                await asyncio.sleep(LOOK)
    finally:
        await connection.close()
    return time.perf_counter() - began


class Queue:
    """The queue of one side, looked at again and again on one connection."""

    def __init__(self, channel: Any, name: str) -> None:
        self._channel = channel
        self._name = name

    async def below(self, count: int) -> None:
        """Wait until fewer than `count` messages wait to be handed out; raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(self._ready) >= count:
                await asyncio.sleep(LOOK)

    async def reaches(self, count: int) -> None:
        """Wait until so many messages wait to be handed out; raises `TimeoutError`."""
        async with asyncio.timeout(PATIENCE):
            while await asyncio.to_thread(self._ready) < count:
                await asyncio.sleep(LOOK)

    def _ready(self) -> int:
        declared = self._channel.queue_declare(self._name, passive=True)
        return int(declared.method.message_count)


@contextmanager
def queue(settings: Mapping[str, str]) -> Iterator[Queue]:
    """Look at the queue of one side."""
    with pika.BlockingConnection(pika.URLParameters(settings["BROKER_URL"])) as connection:
        yield Queue(connection.channel(), settings["BROKER_QUEUE"])


def _purge(url: str, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        try:
            channel.queue_purge(queue)
        except pika.exceptions.ChannelClosedByBroker as error:
            # Not there: no consumer has run yet.
            if error.reply_code != 404:
                raise


def _bind(settings: Mapping[str, str]) -> None:
    with pika.BlockingConnection(pika.URLParameters(settings["BROKER_URL"])) as connection:
        queue, exchange = settings["BROKER_QUEUE"], settings["BROKER_EXCHANGE"]
        connection.channel().queue_bind(queue, exchange, "notification.#")
