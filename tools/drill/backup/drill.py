"""Backup: all servers are lost, a point in time comes back, and an old state."""

import asyncio
import json
import shutil
from collections.abc import Mapping
from contextlib import AsyncExitStack
from hashlib import sha256

import pika

from tools.drill import look
from tools.drill.backup.cluster import Cluster, cluster
from tools.drill.backup.machine import Machine
from tools.drill.backup.old_state import old_state
from tools.drill.backup.rows import checksums, fill
from tools.drill.failover import epochs, reset, sent
from tools.drill.load import Load
from tools.drill.servers import running
from tools.drill.stage import Stage, command
from tools.drill.subscriber import Subscriber
from tools.drill.table import show
from tools.drill.verdict import Verdict
from tools.service import Service

COUNT = 1_000_000
LETTERS = 1_000
SOME = 200
# Accepted notifications of the load before the backup begins, and after it.
AROUND = 500
HEAD = "SELECT max(position) AS head, (SELECT epoch FROM journal_epoch) FROM journal"
NOW = "SELECT clock_timestamp()"


async def backup(stage: Stage, count: int = COUNT) -> bool:
    """Lose all servers with `count` notifications, restore a point in time, and an old state."""
    service = stage.service("saved", ["producer", "consumer"], deploy=["server"])
    async with cluster(stage.folder / "first", "first", service.slug, "first") as first:
        settings = _settings(stage, first, stage.servers.settings)
        machine = Machine(stage.folder / "first-machine", service, settings, first)
        await command(service, settings, "migrate")
        await fill(first.url, count)
        well = await _all_lost(stage, service, settings, machine, count)
        well = await _point_in_time(stage, service, settings, machine) and well
    return await old_state(stage) and well


def _settings(stage: Stage, made: Cluster, servers: Mapping[str, str]) -> dict[str, str]:
    names = {"BROKER_EXCHANGE": stage.name, "BROKER_QUEUE": stage.name}
    return {**servers, **names, "DATABASE_URL": made.url, "AUTH": "none"}


async def _all_lost(
    stage: Stage, service: Service, settings: dict[str, str], machine: Machine, count: int
) -> bool:
    verdict = Verdict(f"{stage.name}: {count:,} notifications, and all servers are lost")
    process = await stage.serve(service, settings)
    await look.consumed_soon(settings["BROKER_URL"], stage.name)
    await asyncio.to_thread(_poison, settings)
    await look.depth_soon(settings["BROKER_URL"], f"{stage.name}.dead", LETTERS)
    load = Load([process.url])
    running_load = asyncio.create_task(load.run())
    await load.accepted_at_least(AROUND)
    before = [*load.accepted]
    made = await machine.done("backup")
    during = len(load.accepted) - len(before)
    await load.accepted_at_least(len(load.accepted) + AROUND)
    load.stop()
    await running_load
    await look.drained(settings, stage.name)
    head, epoch = (await look.rows(settings["DATABASE_URL"], HEAD))[0]
    letters = await _letters(service, settings)
    verified = await machine.done("backup", "verify")
    wanted, everything = await checksums(settings["DATABASE_URL"]), await _ids(settings)
    await process.end()

    async with AsyncExitStack() as stack:
        servers = await stack.enter_async_context(running(service, "rabbitmq", "redis"))
        second = await stack.enter_async_context(
            cluster(stage.folder / "second", "second", service.slug, "second")
        )
        renewed = _settings(stage, second, servers.settings)
        another = Machine(stage.folder / "second-machine", service, renewed, second)
        shutil.copytree(machine.backups, another.backups)
        restored = await another.done("restore")
        found = await _ids(renewed)
        verdict.equal("rows and hashes of the filled tables", await checksums(second.url), wanted)
        for table, (number, _) in machine.rows().items():
            verdict.holds(f"  {table}: rows in the manifest", number >= 0, number)
        verdict.holds("accepted before the backup: restored", found >= {*before}, len(before))
        verdict.holds("restored: was accepted", found <= everything, len(found))
        verdict.equal("dead letters", await _letters(service, renewed), letters)
        verdict.equal("  their number", letters[0], LETTERS)
        verdict.equal("epochs", len({epoch, *await epochs(second.url)}), 2)
        process = await stage.serve(service, renewed)
        subscriber, fresh = Subscriber(process.url, f"{epoch}.{head}"), Subscriber(process.url)
        async with subscriber.following(), fresh.following():
            verdict.holds("an old cursor gets a reset", await reset([subscriber], 1))
            await sent([process.url], SOME, [subscriber, fresh])
        verdict.equal("resets of a new stream", fresh.resets, 0)
        await process.end()
    rows = [
        ("backup, under load", made.seconds, machine.size(), during),
        ("verify", verified.seconds, machine.size(), 0),
        ("restore on new servers", restored.seconds, machine.size(), 0),
    ]
    show("times", ("what", "seconds", "MB", "accepted meanwhile"), rows)
    return verdict.show()


async def _point_in_time(
    stage: Stage, service: Service, settings: dict[str, str], machine: Machine
) -> bool:
    """Restore the time between two commits, while the service runs on the cluster."""
    verdict = Verdict(f"{stage.name}: a point in time between two commits")
    await machine.done("backup", "archive", "on")
    made = await machine.done("backup")
    size = machine.size()
    process = await stage.serve(service, settings)
    subscriber = Subscriber(process.url)
    async with subscriber.following():
        kept = await sent([process.url], SOME, [subscriber])
        await look.drained(settings, stage.name)
        at = (await look.rows(settings["DATABASE_URL"], NOW))[0][0]
        await asyncio.sleep(1)
        lost = await sent([process.url], SOME, [subscriber])
        await look.drained(settings, stage.name)
        restored = await machine.done("restore", "--database", "--at", at.isoformat(" "))
        found = await _ids(settings)
        verdict.holds("from before it: there", found >= {*kept}, len(kept))
        verdict.equal("from after it: there", len(found & {*lost}), 0)
        verdict.holds("a stream that was open is reset", await reset([subscriber], 1))
        await sent([process.url], SOME, [subscriber])
    await process.end()
    again = await machine.done("backup")
    rows = [
        ("base backup", made.seconds, size),
        ("restore to the point in time", restored.seconds, size),
        ("base backup after it", again.seconds, machine.size()),
    ]
    show("times", ("what", "seconds", "MB"), rows)
    return verdict.show()


def _poison(settings: Mapping[str, str]) -> None:
    """Publish messages that become dead letters."""
    with pika.BlockingConnection(pika.URLParameters(settings["BROKER_URL"])) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        for number in range(LETTERS):
            body = b"\xff poison %d" % number
            channel.basic_publish("", settings["BROKER_QUEUE"], body)


async def _letters(service: Service, settings: Mapping[str, str]) -> tuple[int, str]:
    """Return the number of dead letters and a hash without their ids, which a restore renews."""
    exported = await command(service, settings, "dead-letters", "export")
    letters = map(json.loads, exported.splitlines())
    parts = sorted(
        [letter["body"], letter["reason"], letter["dead_lettered_at"], letter["failures"]]
        for letter in letters
    )
    return len(parts), sha256(json.dumps(parts).encode()).hexdigest()[:16]


async def _ids(settings: Mapping[str, str]) -> set[str]:
    """Return the ids that a consumer has stored, and that it has in its journal, too."""
    query = "SELECT id FROM journal JOIN notifications USING (id, registered_at)"
    query += " WHERE journal.action_type <> 'filled'"
    return {str(row["id"]) for row in await look.rows(settings["DATABASE_URL"], query)}
