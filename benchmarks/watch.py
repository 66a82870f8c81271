"""What a benchmark asks of processes, the database and the broker, from outside."""

import asyncio
import os
import time
from collections.abc import Mapping
from pathlib import Path

import asyncpg
import pika

from tools.drill import look

PATIENCE = 120.0
LOOK = 0.02
STILL = 0.3

# What a load leaves behind.
TABLES = "notifications, outbox, journal, idempotency_keys"

_TICK = os.sysconf("SC_CLK_TCK")


def cpu(pid: int) -> float:
    """Return the seconds of processor time that a process has used so far."""
    # The second field, in brackets, may hold spaces.
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


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


async def clear(settings: Mapping[str, str]) -> None:
    """Empty the tables and the queue of one side, also of what earlier rounds left to tidy up."""
    connection = await asyncpg.connect(settings["DATABASE_URL"].replace("+asyncpg", ""))
    try:
        await connection.execute(f"TRUNCATE {TABLES} RESTART IDENTITY")
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


def _purge(url: str, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        try:
            channel.queue_purge(queue)
        except pika.exceptions.ChannelClosedByBroker as error:
            # Not there: nobody has consumed yet.
            if error.reply_code != 404:
                raise


def _bind(settings: Mapping[str, str]) -> None:
    with pika.BlockingConnection(pika.URLParameters(settings["BROKER_URL"])) as connection:
        queue, exchange = settings["BROKER_QUEUE"], settings["BROKER_EXCHANGE"]
        connection.channel().queue_bind(queue, exchange, "notification.#")
