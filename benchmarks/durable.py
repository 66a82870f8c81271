"""The common rule for both sides of a pair: an answered request survives a power cut.

A peer is checked before it is timed, so that it is not quicker for keeping less.
"""

import asyncio
from collections.abc import Mapping

import pika

from tools.drill import look

SETTINGS = ("fsync", "synchronous_commit", "full_page_writes")
# As the service declares its own, apart from where its dead letters go.
QUORUM = {"x-queue-type": "quorum", "x-delivery-limit": -1}
EVERYTHING = "notification.#"

TOLD = "PostgreSQL waits for the disk at each commit, a quorum queue keeps persistent messages"
NOT = "PostgreSQL does not wait for the disk"


async def declare(settings: Mapping[str, str]) -> None:
    """Declare a durable exchange and a quorum queue that is bound to it, for a peer."""
    await asyncio.to_thread(_declare, settings)


async def check_database(url: str) -> None:
    """Raise `RuntimeError` unless PostgreSQL waits for the disk at each commit."""
    for name in SETTINGS:
        value = (await look.rows(url, f"SHOW {name}"))[0][0]
        if value != "on":
            raise RuntimeError(f"{name} is {value}")


async def check_messages(settings: Mapping[str, str], count: int) -> None:
    """Raise `RuntimeError` unless the queue holds so many messages, and they are persistent."""
    url, queue = settings["BROKER_URL"], settings["BROKER_QUEUE"]
    if not await look.depth_soon(url, queue, count):
        raise RuntimeError(f"{queue} does not hold the {count} messages that were accepted")
    if await asyncio.to_thread(_delivery_mode, url, queue) != pika.DeliveryMode.Persistent.value:
        raise RuntimeError(f"the messages in {queue} are not persistent")


def _declare(settings: Mapping[str, str]) -> None:
    queue, exchange = settings["BROKER_QUEUE"], settings["BROKER_EXCHANGE"]
    with pika.BlockingConnection(pika.URLParameters(settings["BROKER_URL"])) as connection:
        channel = connection.channel()
        channel.exchange_declare(exchange, "topic", durable=True)
        channel.queue_declare(queue, durable=True, arguments=QUORUM)
        channel.queue_bind(queue, exchange, EVERYTHING)


def _delivery_mode(url: str, queue: str) -> int | None:
    """Return how the first message of the queue, which stays there, is to be kept."""
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        _, properties, _ = connection.channel().basic_get(queue)
        return properties.delivery_mode if properties else None
