"""Fixtures of tests of whole processes."""

from collections.abc import AsyncIterator

import aio_pika
import pytest


@pytest.fixture
async def servers(
    database_url: str, broker_url: str, cache_url: str, unique_name: str
) -> AsyncIterator[dict[str, str]]:
    """The settings of a service on real servers: data of its own, and names of its own."""
    exchange, queue = unique_name, f"{unique_name}.queue"
    yield {
        "DATABASE_URL": database_url,
        "BROKER_URL": broker_url,
        "BROKER_EXCHANGE": exchange,
        "BROKER_QUEUE": queue,
        "CACHE_URL": cache_url,
    }
    async with await aio_pika.connect(broker_url) as connection:
        channel = await connection.channel()
        for name in (queue, f"{queue}.dead", f"{queue}.jobs", f"{exchange}.unrouted"):
            await channel.queue_delete(name)
        for name in (exchange, f"{exchange}.unrouted"):
            await channel.exchange_delete(name)
