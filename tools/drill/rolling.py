"""Rolling: a release is replaced by the next under load, with migrations, and comes back."""

import asyncio
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.chaos.cluster.following import following
from tools.drill import look
from tools.drill.callers import Callers
from tools.drill.nginx import balanced
from tools.drill.stage import Stage, command
from tools.drill.subscriber import Subscriber
from tools.drill.verdict import Verdict
from tools.process import Process, free_port
from tools.service import Service, install
from tools.updates.case import follow, generate
from tools.updates.edits import edit
from tools.updates.history import commit, make_history

REPLICAS = 2
BETWEEN = 2.0
PATIENCE = 60.0

NEXT_ONLY = "SELECT count(urgency) FROM notifications"


class Replica:
    """One place in the deployment, at a port of its own, whatever version runs there."""

    def __init__(self, stage: Stage, settings: Mapping[str, str], role: str) -> None:
        self.role = role
        self.port = free_port()
        self._stage = stage
        self._settings = {**settings, "HTTP_PORT": str(self.port)}
        self._process: Process | None = None

    async def become(self, version: Service) -> int | None:
        """Run another version; return the exit code of the one before."""
        code = await self._process.end() if self._process else 0
        self._process = await self._stage.serve(version, self._settings, "--role", self.role)
        return code


async def rolling(stage: Stage, seconds: float = BETWEEN) -> bool:
    """Roll old → new → old, `seconds` after each replica; nothing fails and nothing is lost."""
    old, new = await asyncio.to_thread(_versions, stage.folder)
    settings = await stage.settings(old, SHUTDOWN_GRACE="10")
    replicas = [
        Replica(stage, settings, role) for role in ("consumer", "producer") for _ in range(REPLICAS)
    ]
    for replica in replicas:
        await replica.become(old)
    await look.consumed_soon(settings["BROKER_URL"], settings["BROKER_QUEUE"])
    verdict = Verdict(f"{stage.name}: {len(replicas)} replicas, old → new → old, under load")
    async with balanced(_ports(replicas)) as urls:
        callers = Callers(urls["producer"], urls["consumer"])
        subscriber = Subscriber(urls["consumer"])
        async with subscriber.following():
            async with callers.calling():
                await asyncio.sleep(seconds)
                await command(new, settings, "migrate")
                codes = await _roll(replicas, new, seconds)
                of_the_next = (await look.rows(settings["DATABASE_URL"], NEXT_ONLY))[0][0]
                codes += await _roll(list(reversed(replicas)), old, seconds)
            await _kept(settings, callers, subscriber, verdict)
        verdict.equal("exit codes", codes, [0] * len(codes))
        verdict.holds("stored by the new version", of_the_next > 0, of_the_next)
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
    return old, following(updated, folder / "next")


def _ports(replicas: Sequence[Replica]) -> dict[str, list[int]]:
    return {
        role: [each.port for each in replicas if each.role == role]
        for role in ("producer", "consumer")
    }


async def _roll(replicas: Sequence[Replica], version: Service, seconds: float) -> list[int | None]:
    codes = []
    for replica in replicas:
        codes.append(await replica.become(version))
        await asyncio.sleep(seconds)
    return codes


async def _kept(
    settings: Mapping[str, str], callers: Callers, subscriber: Subscriber, verdict: Verdict
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
    await subscriber.saw(accepted, PATIENCE)
    seen = sum(identity in accepted for identity in subscriber.seen)
    verdict.equal("seen by the subscriber", seen, len(accepted))
    verdict.holds("  cut, and resumed with its cursor", not subscriber.resets, subscriber.cuts)
    for queue in (f"{settings['BROKER_EXCHANGE']}.unrouted", f"{settings['BROKER_QUEUE']}.dead"):
        verdict.equal(f"in {queue}", await look.depth(settings["BROKER_URL"], queue), 0)
