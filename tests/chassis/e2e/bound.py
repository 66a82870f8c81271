"""When a consumer gets what is published: before that, it lies in `unrouted`."""

import asyncio
from collections.abc import Mapping

import aio_pika
from aio_pika.abc import AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

TIMEOUT = 20.0
POLL_INTERVAL = 0.05


async def until_bound(servers: Mapping[str, str]) -> None:
    """Wait until the consumer has made its queue, and see to it that it is bound."""
    async with (
        asyncio.timeout(TIMEOUT),
        await aio_pika.connect(servers["BROKER_URL"]) as connection,
    ):
        while (queue := await _found(connection, servers["BROKER_QUEUE"])) is None:
            await asyncio.sleep(POLL_INTERVAL)
        await queue.bind(servers["BROKER_EXCHANGE"], "notification.#")


async def _found(connection: AbstractConnection, name: str) -> AbstractQueue | None:
    channel = await connection.channel()
    try:
        return await channel.declare_queue(name, passive=True)
    except ChannelNotFoundEntity:
        return None
