"""Migration: a large database goes to the next version and back, and loses no row."""

import asyncio
import re
import time
from collections.abc import Mapping
from pathlib import Path

from tools.drill import look
from tools.drill.failover import reset
from tools.drill.migration.fill import PRUNED, counts, fill
from tools.drill.migration.locks import Locks, watched
from tools.drill.migration.pulse import Pulse
from tools.drill.stage import Stage, command
from tools.drill.subscriber import Subscriber
from tools.drill.table import show
from tools.drill.verdict import Verdict
from tools.service import Service, install, render
from tools.updates.case import generate
from tools.updates.history import make_history

COUNT = 1_000_000
# Events that a subscriber has missed when it comes back: half of them are not in memory.
MISSED = 20_000
PATIENCE = 60.0
# Seconds of load before the migration and after it.
AROUND = 2.0
# Seconds for which a caller may wait for a table, on a busy machine.
LOCKED = 1.0

ANSWERS = {"project_name": "migrated", "roles": ["producer", "consumer"]}
HEAD = "SELECT max(position) AS head, (SELECT epoch FROM journal_epoch) FROM journal"
AFTER = "SELECT id FROM journal WHERE position > $1"


async def migration(stage: Stage, count: int = COUNT) -> bool:
    """Migrate a database of the last release with `count` notifications up, down and up again.

    The first time under load, while replicas of the last release serve.
    """
    old, new = await asyncio.to_thread(_versions, stage.folder / "migrated")
    settings = await stage.settings(old, SHUTDOWN_GRACE="10")
    url = settings["DATABASE_URL"]
    revision = _revision(await command(old, settings, "migrate"))
    began = time.monotonic()
    await fill(url, count)
    filled = await counts(url)
    verdict = Verdict(f"{stage.name}: {count:,} notifications, {revision} → the next version")
    verdict.holds(
        "filled, in s", filled["notifications"] == count, f"{time.monotonic() - began:.0f}"
    )
    head, epoch = (await look.rows(url, HEAD))[0]
    cursor, pruned = f"{epoch}.{head - MISSED}", f"{epoch}.{PRUNED // 2}"

    steps = {"up, under load": await _under_load(stage, old, new, settings, verdict)}
    verdict.equal("rows after it", await counts(url), filled)
    await _resumes(stage, new, settings, cursor, pruned, verdict)
    for name, to in (("down", revision), ("up again", "heads")):
        async with watched(url) as steps[name]:
            await command(new, settings, "migrate", "--to", to)
        verdict.equal(f"rows after {name}", await counts(url), filled)
        await _resumes(stage, old if to == revision else new, settings, cursor, pruned, verdict)
    _show(stage, steps)
    return verdict.show()


async def _under_load(
    stage: Stage, old: Service, new: Service, settings: Mapping[str, str], verdict: Verdict
) -> Locks:
    """Migrate while a producer and a consumer of the last release serve."""
    producer = await stage.serve(old, settings, "--role", "producer")
    consumer = await stage.serve(old, settings, "--role", "consumer")
    pulse, subscriber = Pulse(producer.url), Subscriber(consumer.url)
    async with subscriber.following():
        async with pulse.beating():
            await asyncio.sleep(AROUND)
            usual, pulse.slowest = pulse.slowest, 0.0
            async with watched(settings["DATABASE_URL"]) as locks:
                await command(new, settings, "migrate")
            await asyncio.sleep(AROUND)
        await subscriber.saw(pulse.accepted, PATIENCE)
    once = sum(subscriber.seen[identity] == 1 for identity in pulse.accepted)
    verdict.equal("streamed meanwhile, once each", once, len(pulse.accepted))
    verdict.equal("failed requests", dict(pulse.failed), {})
    verdict.holds("slowest answer before, in s", usual > 0, f"{usual:.2f}")
    verdict.holds("slowest answer meanwhile, in s", pulse.slowest < LOCKED, f"{pulse.slowest:.2f}")
    longest = max(locks.seconds.values(), default=0.0)
    verdict.holds("longest exclusive lock, in s", longest < LOCKED, f"{longest:.2f}")
    verdict.equal("tables written anew", locks.rewritten, [])
    for process in (producer, consumer):
        await process.end()
    return locks


async def _resumes(
    stage: Stage,
    version: Service,
    settings: Mapping[str, str],
    cursor: str,
    pruned: str,
    verdict: Verdict,
) -> None:
    """Come back to a consumer with a cursor, and with one that was pruned."""
    position = int(cursor.partition(".")[2])
    missed = {str(row["id"]) for row in await look.rows(settings["DATABASE_URL"], AFTER, position)}
    consumer = await stage.serve(version, settings, "--role", "consumer")
    resuming, late = Subscriber(consumer.url, cursor), Subscriber(consumer.url, pruned)
    began = time.monotonic()
    async with resuming.following(), late.following():
        await resuming.saw(missed, PATIENCE)
        took = time.monotonic() - began
        await reset([late], 1)
    await consumer.end()
    once = sum(resuming.seen[identity] == 1 for identity in missed)
    verdict.equal("  resumed with a cursor, once each", once, len(missed))
    verdict.holds("  without a reset, events/s", not resuming.resets, round(len(missed) / took))
    verdict.equal("  resets of a cursor that was pruned", late.resets, 1)


def _show(stage: Stage, steps: Mapping[str, Locks]) -> None:
    rows = [
        (
            *(name, locks.took),
            ", ".join(f"{table} {seconds:.2f}" for table, seconds in locks.seconds.items()),
            ", ".join(locks.rewritten) or "none",
        )
        for name, locks in steps.items()
    ]
    columns = ("step", "seconds", "locked for, in seconds", "tables written anew")
    show(f"{stage.name}: what each step took", columns, rows)


def _versions(folder: Path) -> tuple[Service, Service]:
    """Return a service of the last release, and the same of the working tree."""
    *_, release = make_history(folder / "template")
    old = generate(folder / "template", release, folder / "old", ANSWERS)
    new = render(folder / "new", ANSWERS)
    for service in (old, new):
        install(service, "--group", "dev")
    return old, new


def _revision(told: str) -> str:
    """Return the newest revision of the service's own branch that `migrate` shows."""
    found = re.search(r"service_\w+", told)
    assert found, told
    return found[0]
