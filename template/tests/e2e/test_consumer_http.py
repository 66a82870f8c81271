"""The consumer over HTTP: what others announce is stored and streamed."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aio_pika
import httpx
import msgspec
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity

from tests.e2e.events import open_events
from tests.e2e.process import TIMEOUT, run, serving
from tests.harness import Service


async def test_what_is_announced_is_stored_and_streamed(service: Service) -> None:
    async with asyncio.timeout(TIMEOUT), service.http.stream("GET", "/stream") as answer:
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("id: ")
        identity = await service.announce(receiver="ada", action_type="greeted")
        async for line in lines:
            if line.startswith("data: "):
                break
    assert str(identity) in line
    assert [stored.id for stored in await service.stored()] == [identity]
    assert await service.failed() == []


async def test_alone_on_real_servers_it_takes_what_others_publish(
    tmp_path: Path, servers: dict[str, str], service: Service
) -> None:
    await service.announce(receiver="ada", action_type="greeted")
    [good] = [envelope.body for envelope in service.published()]
    async with (
        serving(tmp_path, "--role", "consumer", **servers) as process,
        httpx.AsyncClient(base_url=process.url) as http,
        open_events(http) as events,
    ):
        await anext(events)
        await publish(servers, [b"{", good, good])
        notification = json.loads((await anext(events))["data"])
        assert notification["id"] == msgspec.json.decode(good)["id"]
        path = f"/notifications/{notification['id']}"
        assert (await http.get(path)).json() == notification
        assert (await http.patch(path, json={"is_seen": True})).json()["is_seen"] is True
        assert (await http.get("/notifications")).json()["total"] == 1
        assert (await http.get(f"{process.ops}/readyz")).json()["status"] == "ready"
        [letter] = await letters(tmp_path, servers)
    assert letter["reason"].startswith("undecodable")


async def letters(folder: Path, servers: dict[str, str]) -> list[dict[str, Any]]:
    """Return the dead letters, once there are some: a separate actor publishes them."""
    async with asyncio.timeout(TIMEOUT):
        while True:
            listed = run(folder, "dead-letters", "list", "--json", **servers)
            messages: list[dict[str, Any]] = json.loads(listed.stdout)["messages"]
            if messages:
                return messages
            await asyncio.sleep(0.1)


async def publish(servers: dict[str, str], bodies: Sequence[bytes]) -> None:
    """Publish as another service would, once the consumer has its queue."""
    async with await aio_pika.connect(servers["BROKER_URL"]) as connection:
        channel, queue = await there(connection, servers["BROKER_QUEUE"])
        # Its consumer may just be about to do the same.
        await queue.bind(servers["BROKER_EXCHANGE"], "notification.#")
        exchange = await channel.get_exchange(servers["BROKER_EXCHANGE"])
        for body in bodies:
            await exchange.publish(aio_pika.Message(body), "notification.greeted.ada")


async def there(
    connection: AbstractConnection, queue: str
) -> tuple[AbstractChannel, AbstractQueue]:
    """Return a queue, and the channel that found it, as soon as there is one."""
    while True:
        channel = await connection.channel()
        try:
            return channel, await channel.get_queue(queue)
        except ChannelNotFoundEntity:
            await asyncio.sleep(0.05)
