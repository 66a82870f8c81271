"""Rolling: a release is replaced by the next under load, with migrations, and comes back."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from tests.chaos.cluster.following import following
from tools.drill import look
from tools.drill.callers import Callers
from tools.drill.nginx import balanced
from tools.drill.replica import Replica
from tools.drill.stage import Stage, command
from tools.drill.subscriber import Subscriber
from tools.drill.verdict import Verdict
from tools.service import Service, install
from tools.updates.case import follow, generate
from tools.updates.edits import edit
from tools.updates.history import commit, make_history
from tools.updates.notes import follow_notes

REPLICAS = 2
BETWEEN = 2.0
PATIENCE = 60.0

# How many requests are sent again to another version.
AGAIN = 100

HEAD = "SELECT max(position) FROM journal"
# The last release writes no data.
WRITTEN = "SELECT data IS NULL AS is_old, count(*) FROM journal WHERE position > $1 GROUP BY 1"
NEXT_ONLY = "SELECT count(urgency) FROM notifications"
# An event of an aggregate that the last release does not have.
FOREIGN = """
INSERT INTO journal (id, registered_at, receiver, action_type, type, data)
VALUES (gen_random_uuid(), now(), 'ada', '', 'order.placed.v1', '{}')
"""


async def rolling(stage: Stage, seconds: float = BETWEEN) -> bool:
    """Roll old → new → old, `seconds` after each replica; nothing fails and nothing is lost.

    Subscribers follow each replica, and nginx in front of them: those of one version get what the
    other one has written, too.
    """
    old, new = await asyncio.to_thread(_versions, stage.folder)
    settings = await stage.settings(old, SHUTDOWN_GRACE="10")
    replicas = [
        Replica(stage, settings, role) for role in ("consumer", "producer") for _ in range(REPLICAS)
    ]
    for replica in replicas:
        await replica.become(old)
    await look.consumed_soon(settings["BROKER_URL"], settings["BROKER_QUEUE"])
    verdict = Verdict(f"{stage.name}: {len(replicas)} replicas, old → new → old, under load")
    async with balanced(_ports(replicas)) as urls, AsyncExitStack() as following:
        callers = Callers(urls["producer"], urls["consumer"])
        subscribers = {"nginx": Subscriber(urls["consumer"])} | {
            f"consumer {number}": Subscriber(replica.url)
            for number, replica in enumerate(replicas[:REPLICAS], 1)
        }
        for subscriber in subscribers.values():
            await following.enter_async_context(subscriber.following())
        async with callers.calling():
            await asyncio.sleep(seconds)
            await command(new, settings, "migrate")
            (head,) = (await look.rows(settings["DATABASE_URL"], HEAD))[0]
            codes = await _roll(replicas, new, seconds)
            of_the_next = (await look.rows(settings["DATABASE_URL"], NEXT_ONLY))[0][0]
            last = len(callers.accepted) - AGAIN
            verdict.equal("keys of the old, known to the new", await callers.again(0, AGAIN), AGAIN)
            await look.rows(settings["DATABASE_URL"], FOREIGN)
            codes += await _roll(list(reversed(replicas)), old, seconds)
            same = await callers.again(last, AGAIN)
            verdict.equal("  and the other way round", same, AGAIN)
        await _kept(settings, callers, subscribers, verdict)
        written = dict(await look.rows(settings["DATABASE_URL"], WRITTEN, head))
    verdict.equal("exit codes", codes, [0] * len(codes))
    verdict.holds("stored by the new version", of_the_next > 0, of_the_next)
    for is_old, name in ((True, "old"), (False, "new")):
        count = written.get(is_old, 0)
        verdict.holds(f"journal rows of the {name} version since the migration", count > 0, count)
    listed = callers.answers["GET", 200]
    verdict.holds("lists answered", listed > 0, listed)
    verdict.equal("failed requests", callers.failed or 0, 0)
    return verdict.show()


def _versions(folder: Path) -> tuple[Service, Service]:
    """Return a service of the last release that its user has extended, and what comes after it.

    That is the same brought up to the working tree, with a column and its migration besides.
    """
    template = folder / "template"
    *_, release = make_history(template)
    old = generate(template, release, folder / "old", {"project_name": "rolled"})
    install(old, "--group", "dev")
    edited = edit(old, is_installed=True)
    commit(old.path, "ours")
    updated = Service(folder / "updated")
    shutil.copytree(old.path, updated.path, ignore=shutil.ignore_patterns(".venv"))
    outcome = follow(updated, edited)
    assert not [*outcome.conflicts, *outcome.lost], outcome
    follow_notes(updated, edited.own)
    return old, following(updated, folder / "next")


def _ports(replicas: Sequence[Replica]) -> dict[str, list[int]]:
    return {
        role: [each.ports["http"] for each in replicas if each.role == role]
        for role in ("producer", "consumer")
    }


async def _roll(replicas: Sequence[Replica], version: Service, seconds: float) -> list[int | None]:
    codes = []
    for replica in replicas:
        codes.append(await replica.become(version))
        await asyncio.sleep(seconds)
    return codes


async def _kept(
    settings: Mapping[str, str],
    callers: Callers,
    subscribers: Mapping[str, Subscriber],
    verdict: Verdict,
) -> None:
    accepted = set(callers.accepted)
    verdict.equal("answered 202, each with its own id", len(accepted), len(callers.accepted))
    drained = await look.drained(settings, settings["BROKER_QUEUE"])
    verdict.holds("outbox and queue are empty", drained)
    await look.stored(settings["DATABASE_URL"], len(accepted))
    for table in ("notifications", "journal"):
        found = await look.ids(settings["DATABASE_URL"], table)
        once = sum(found[identity] == 1 for identity in accepted)
        verdict.equal(f"rows in {table}, once each", once, len(accepted))
    for name, subscriber in subscribers.items():
        await subscriber.saw(accepted, PATIENCE)
        once = sum(subscriber.seen[identity] == 1 for identity in accepted)
        verdict.equal(f"seen by the subscriber of {name}, once each", once, len(accepted))
        verdict.equal("  other events", len(subscriber.seen.keys() - accepted), 0)
        resumed = subscriber.cuts > 0 and not subscriber.resets
        verdict.holds("  cut, and resumed with its cursor", resumed, subscriber.cuts)
    for queue in (f"{settings['BROKER_EXCHANGE']}.unrouted", f"{settings['BROKER_QUEUE']}.dead"):
        verdict.equal(f"in {queue}", await look.depth(settings["BROKER_URL"], queue), 0)
