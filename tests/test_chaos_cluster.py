import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import pika
import pytest

from tests.chaos.cluster.cluster import Cluster, lacks, running
from tests.chaos.cluster.node import Node

pytestmark = pytest.mark.needs(lacks())

PATIENCE = 240.0
AGAIN = 0.3
QUEUE = "kept"


def play(scene: Callable[[Cluster], Awaitable[None]], folder: Path) -> None:
    async def whole() -> None:
        async with running(folder, random.Random(7)) as cluster:
            await asyncio.to_thread(declare, cluster.url)
            await scene(cluster)

    asyncio.run(asyncio.wait_for(whole(), PATIENCE))


def declare(url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        quorum = {"x-queue-type": "quorum"}
        connection.channel().queue_declare(QUEUE, durable=True, arguments=quorum)


def declare_alone(url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        arguments = {"x-queue-type": "quorum", "x-quorum-initial-group-size": 1}
        connection.channel().queue_declare("alone", durable=True, arguments=arguments)


def publish(url: str) -> None:
    with pika.BlockingConnection(pika.URLParameters(f"{url}?socket_timeout=3")) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        channel.basic_publish("", QUEUE, b"any", pika.BasicProperties(delivery_mode=2))


def count(url: str) -> int:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        return int(connection.channel().queue_declare(QUEUE, passive=True).method.message_count)


async def published(url: str) -> None:
    """Publish until that is confirmed, by whichever node takes it."""
    while True:
        try:
            await asyncio.to_thread(publish, url)
        except (pika.exceptions.AMQPError, OSError):
            await asyncio.sleep(AGAIN)
        else:
            return


async def another_leads(cluster: Cluster, before: Node) -> None:
    """Wait until the queue is led by another node; ask one that is not struck."""
    asked = cluster.others(before)[0]
    leader = before
    while leader is before:
        await asyncio.sleep(AGAIN)
        # For a while there is none, or the asked one waits for the one that is struck.
        with suppress(RuntimeError, TimeoutError):
            leader = await cluster.leader(QUEUE, asked)


def test_another_node_leads_while_the_leader_is_killed_and_all_come_together_again(
    tmp_path: Path,
) -> None:
    async def scene(cluster: Cluster) -> None:
        leader = await cluster.leader(QUEUE)
        await leader.kill()
        await another_leads(cluster, leader)
        await published(cluster.url)
        await leader.start()
        await cluster.whole()
        assert await asyncio.to_thread(count, cluster.url) >= 1
        await asyncio.to_thread(declare_alone, cluster.url)
        with pytest.raises(RuntimeError, match=r"only chaos\d keep alone"):
            await cluster.leader("alone")

    play(scene, tmp_path)
