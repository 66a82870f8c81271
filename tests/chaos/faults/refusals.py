"""Refusals: RabbitMQ answers, and takes a part of what it gets."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pika

from tests.chaos import rabbitmqctl
from tests.chaos.aggregates.notification import ACTIONS
from tests.chaos.fault import Fault
from tests.chaos.world import World

# The beginnings of the routing keys; one is refused at a time: those of an action type, or of one
# type of an order's events.
KEYS = (*(f"notification.a{number}" for number in range(ACTIONS)), "order.placed", "order.shipped")

# A queue that has more than this rejects what comes.
NONE = '{"max-length": 0, "overflow": "reject-publish"}'
# Dead letters come every few seconds: the fault has to last until some have.
LEAST = 6.0

Refusing = Callable[[World, str], AbstractAsyncContextManager[None]]


def refused(what: str, refusing: Refusing, least: float = 0.0) -> Fault:
    """Return the fault that refuses a part of the messages, for `least` seconds or longer."""

    async def inflict(world: World, chance: random.Random) -> None:
        begin = chance.choice(KEYS)
        seconds = max(least, world.seconds(chance))
        async with refusing(world, begin):
            await asyncio.sleep(seconds)

    return Fault(f"rabbitmq refuses {what}", "rabbitmq", inflict, rabbitmqctl.lacks)


@asynccontextmanager
async def keys(world: World, begin: str) -> AsyncIterator[None]:
    """Forbid the routing keys that begin so: the channel of such a message is closed."""
    url, exchange = world.direct["BROKER_URL"], world.direct["BROKER_EXCHANGE"]
    user = pika.URLParameters(url).credentials.username
    allowed = f"^(?!{re.escape(begin)}\\.)"
    try:
        await rabbitmqctl.control(url, "set_topic_permissions", user, exchange, allowed, ".*")
        # A channel remembers what it was allowed.
        await rabbitmqctl.control(url, "close_all_connections", "chaos")
        yield
    finally:
        await rabbitmqctl.control(url, "clear_topic_permissions", user, exchange)


@asynccontextmanager
async def some(world: World, begin: str) -> AsyncIterator[None]:
    """Bind a full queue for keys that begin so: these are nacked, though other queues have them."""
    url = world.direct["BROKER_URL"]
    await asyncio.to_thread(_bind_full_queue, world, begin)
    try:
        yield
    finally:
        await rabbitmqctl.control(url, "delete_queue", _full_queue(world))


@asynccontextmanager
async def rejections(world: World, _: str) -> AsyncIterator[None]:
    """Let the dead-letter and retry queues take nothing more."""
    url, queue = world.direct["BROKER_URL"], re.escape(world.direct["BROKER_QUEUE"])
    pattern = f"^{queue}\\.(dead|retry\\..+)$"
    try:
        await rabbitmqctl.control(url, "set_policy", "--apply-to", "queues", "chaos", pattern, NONE)
        yield
    finally:
        await rabbitmqctl.control(url, "clear_policy", "chaos")


def _full_queue(world: World) -> str:
    return f"{world.direct['BROKER_EXCHANGE']}.full"


def _bind_full_queue(world: World, begin: str) -> None:
    queue = _full_queue(world)
    arguments = {"x-max-length": 0, "x-overflow": "reject-publish"}
    with pika.BlockingConnection(pika.URLParameters(world.direct["BROKER_URL"])) as connection:
        channel = connection.channel()
        channel.queue_declare(queue, arguments=arguments)
        channel.queue_bind(queue, world.direct["BROKER_EXCHANGE"], f"{begin}.*")


FAULTS = (
    refused("keys", keys),
    refused("some", some),
    refused("retries and dead letters", rejections, LEAST),
)
