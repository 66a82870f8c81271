"""SIGTERM: each role is told to end under full load, again and again; nothing is lost or twice."""

import asyncio
import time
from collections.abc import Mapping, Sequence

from tools.drill import look
from tools.drill.load import Load
from tools.drill.stage import Stage
from tools.drill.subscriber import Subscriber
from tools.drill.verdict import Verdict
from tools.process import Process, free_port
from tools.service import Service

TIMES = 10
BETWEEN = 1.0
GRACE = 10.0
PATIENCE = 60.0

# The roles that are stopped, and the roles that stay.
CASTS: tuple[tuple[list[str], list[str]], ...] = (
    (["producer"], ["consumer"]),
    (["consumer"], ["producer"]),
    (["producer", "consumer"], []),
)


async def sigterm(stage: Stage, count: int = TIMES) -> bool:
    """End a process of each role `count` times, and one that has both."""
    service = stage.service("drill", ["producer", "consumer"])
    well = [await _ended(stage, service, ends, stays, count) for ends, stays in CASTS]
    return all(well)


async def _ended(
    stage: Stage, service: Service, ends: Sequence[str], stays: Sequence[str], times: int
) -> bool:
    name = "-".join(ends)
    verdict = Verdict(f"{stage.name}: {' and '.join(ends)} told to end {times} times under load")
    settings = await stage.settings(
        service, name, BROKER_EXCHANGE=f"{stage.name}-{name}", SHUTDOWN_GRACE=f"{GRACE:g}"
    )
    fixed = {**settings, "HTTP_PORT": str(free_port())}
    process = await _serve(stage, service, fixed, ends)
    urls = dict.fromkeys(ends, process.url)
    if stays:
        urls |= dict.fromkeys(stays, (await _serve(stage, service, settings, stays)).url)
    # Events from before the binding of the queue go to `unrouted`.
    await look.consumed_soon(settings["BROKER_URL"], settings["BROKER_QUEUE"])
    load, subscriber = Load([urls["producer"]]), Subscriber(urls["consumer"])
    codes: list[int | None] = []
    taken = []
    async with subscriber.following():
        loading = asyncio.create_task(load.run())
        for _ in range(times):
            before = len(load.accepted)
            await load.accepted_at_least(before + 1)
            await subscriber.back()
            await asyncio.sleep(BETWEEN)
            began = time.monotonic()
            codes.append(await process.end())
            taken.append(time.monotonic() - began)
            process = await _serve(stage, service, fixed, ends)
        await asyncio.sleep(BETWEEN)
        load.stop()
        await loading
        verdict.equal("exit codes", codes, [0] * times)
        verdict.holds(f"within {GRACE:g} s", max(taken) <= GRACE, f"{max(taken):.1f} s")
        await _kept(settings, load, subscriber, verdict)
    return verdict.show()


async def _serve(
    stage: Stage, service: Service, settings: Mapping[str, str], roles: Sequence[str]
) -> Process:
    return await stage.serve(
        service, settings, *(word for role in roles for word in ("--role", role))
    )


async def _kept(
    settings: Mapping[str, str], load: Load, subscriber: Subscriber, verdict: Verdict
) -> None:
    accepted = set(load.accepted)
    queue = settings["BROKER_QUEUE"]
    verdict.equal("answered 202, each with its own id", len(accepted), len(load.accepted))
    verdict.holds("refused with 503 and tried again", True, load.refused)
    verdict.holds("connections lost and tried again", True, load.lost)
    verdict.holds("outbox and queue are empty", await look.drained(settings, queue))
    await look.stored(settings["DATABASE_URL"], len(accepted))
    for table in ("notifications", "journal"):
        found = await look.ids(settings["DATABASE_URL"], table)
        verdict.equal(
            f"rows in {table}, once each", sum(found[i] == 1 for i in accepted), len(accepted)
        )
        verdict.equal("  in all", found.total(), len(accepted))
    await subscriber.saw(accepted, PATIENCE)
    seen = sum(identity in accepted for identity in subscriber.seen)
    verdict.equal("seen by the subscriber", seen, len(accepted))
    verdict.equal("  twice", subscriber.seen.total() - len(subscriber.seen), 0)
    verdict.holds("  cut, and resumed with its cursor", not subscriber.resets, subscriber.cuts)
    unrouted = f"{settings['BROKER_EXCHANGE']}.unrouted"
    verdict.equal("unrouted", await look.depth(settings["BROKER_URL"], unrouted), 0)
    verdict.equal("dead letters", await look.depth(settings["BROKER_URL"], f"{queue}.dead"), 0)
