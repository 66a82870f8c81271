"""RabbitMQ's page of metrics, and its queues, on a server that runs already."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pika

from tests.chaos.rabbitmqctl import control
from tools.process import free_port


async def export_metrics(url: str) -> int:
    """Turn the plugin on, and return its port."""
    port = free_port()
    address = f'[{{ip, "127.0.0.1"}}, {{port, {port}}}]'
    # Persistent: the load of the plugin replaces other values.
    setting = f"rabbitmq_prometheus, tcp_config, {address}, [{{persistent, true}}]"
    await control(url, "eval", f"application:set_env({setting}).")
    told = await control(url, "eval", "rabbit_plugins:enabled_plugins_file().")
    found = re.search(r'"(.+)"', told)
    assert found, told
    path = Path(found[1])
    path.write_text(path.read_text().replace("].", ",rabbitmq_prometheus]."))
    await control(url, "eval", f'rabbit_plugins:ensure("{path}").')
    return port


@asynccontextmanager
async def unbound(url: str, queue: str) -> AsyncIterator[None]:
    """Take all bindings from a queue, and give them back at the end."""
    names = ("source_name", "destination_name", "routing_key")
    listed = await control(url, "list_bindings", "--silent", "--no-table-headers", *names)
    rows = [line.split("\t") for line in listed.splitlines()]
    keys = [(row[0], row[2]) for row in rows if len(row) == 3 and row[0] and row[1] == queue]
    assert keys, listed
    await asyncio.to_thread(_bind, url, queue, keys, False)
    try:
        yield
    finally:
        await asyncio.to_thread(_bind, url, queue, keys, True)


async def purge(url: str, queue: str) -> None:
    """Remove all messages of a queue."""
    await asyncio.to_thread(_purge, url, queue)


def _bind(url: str, queue: str, keys: list[tuple[str, str]], is_bound: bool) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for exchange, key in keys:
            if is_bound:
                channel.queue_bind(queue, exchange, key)
            else:
                channel.queue_unbind(queue, exchange, key)


def _purge(url: str, queue: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        connection.channel().queue_purge(queue)
