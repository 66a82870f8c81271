"""`dead-letters` on RabbitMQ, where a queue keeps what is a table elsewhere."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

from chassis.application.ports.broker import Broker
from chassis.application.ports.outbox import Envelope
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.system import System
from tests.e2e.process import run


@asynccontextmanager
async def opened(settings: dict[str, str]) -> AsyncIterator[Broker]:
    """Open the broker of these settings."""
    system = System(Configuration.read(Environment(settings)), [])
    try:
        yield system.core.broker()
    finally:
        await system.close()


async def received(broker: Broker, count: int) -> list[bytes]:
    """Take that many messages off the service's own queue and return the bodies."""
    found: list[bytes] = []
    while len(found) < count:
        deliveries = await broker.subscription.receive(count)
        await broker.subscription.ack(deliveries)
        found += [delivery.body for delivery in deliveries]
    return sorted(found)


async def test_letters_are_shown_replayed_to_their_own_queue_and_purged(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    async def command(*arguments: str) -> subprocess.CompletedProcess[str]:
        return await asyncio.to_thread(run, tmp_path, "dead-letters", *arguments, **servers)

    async with asyncio.timeout(50), opened(servers) as broker:
        for number in range(3):
            await broker.dead_letters.add(b"%d" % number, "failed: on purpose")
        await broker.dead_letters.add(b"{", "undecodable: truncated")
        consuming = asyncio.create_task(received(broker, 3))

        ended = await command("list", "--json")
        assert ended.returncode == 0, ended
        listed = json.loads(ended.stdout)
        assert listed["total"] == 4
        last = listed["messages"][-1]
        assert last["reason"] == "undecodable: truncated"
        counted = json.loads((await command("list", "--by", "reason", "--json")).stdout)
        counts = {kind: group["count"] for kind, group in counted["reasons"].items()}
        assert counts == {"failed": 3, "undecodable": 1}
        assert (await command("show", last["id"], "--raw")).stdout == "{"

        replayed = await command("replay", "--reason", "failed", "--rate", "100")
        assert (replayed.returncode, replayed.stdout) == (0, "replayed: 3 messages\n"), replayed
        assert await consuming == [b"0", b"1", b"2"]

        purged = await command("purge", last["id"], "none")
        assert (purged.returncode, purged.stdout) == (1, "purged: 1 message\n"), purged
        assert await broker.dead_letters.count() == 0


async def test_what_nobody_wants_yet_holds_up_nothing_behind_it(
    tmp_path: Path, servers: dict[str, str]
) -> None:
    settings = servers | {
        "BROKER_UNROUTED_LIMIT": "4",
        "BROKER_BINDINGS": "notification.greeted.*",
    }
    async with asyncio.timeout(50), opened(settings) as broker:
        missed = [envelope("notification.missed.ada") for _ in range(3)]
        assert len(await broker.publisher.publish(missed)) == 3
        kept = 0
        while await broker.publisher.publish([envelope("notification.greeted.ada")]):
            kept += 1
        assert kept
        consuming = asyncio.create_task(received(broker, kept + 1))
        # From now on there is a queue.
        while not await broker.publisher.publish([envelope("notification.greeted.ada")]):
            await asyncio.sleep(0.05)

        ended = await asyncio.to_thread(
            run, tmp_path, "dead-letters", "replay", "--unrouted", "--all", **settings
        )

        assert len(await consuming) == kept + 1
        # An unrouted message finds the queue full, or goes to its end: it is there either way.
        assert ended.returncode == (1 if "not replayed, and still stored: " in ended.stderr else 0)
        assert await broker.unrouted.count() == 3


def envelope(routing_key: str) -> Envelope:
    return Envelope(uuid4(), routing_key, b"{}")
