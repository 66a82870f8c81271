"""Outages: each server goes away in the middle of the load, and nothing is lost."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import NamedTuple

from tools.drill import look
from tools.drill.load import Load
from tools.drill.servers import Deed, Name
from tools.drill.stage import Stage
from tools.drill.subscriber import Subscriber
from tools.drill.timeline import Timeline
from tools.drill.verdict import Verdict
from tools.process import Process

COUNT = 20_000
AWAY = 5.0
PATIENCE = 60.0


class Outage(NamedTuple):
    """The server that goes away, the share of the load before that, the way, and the answer of
    /readyz then.
    """

    share: float
    server: Name
    deed: Deed
    dependency: str
    status: int


OUTAGES = (
    Outage(0.2, "rabbitmq", "stop", "broker", 200),
    Outage(0.5, "postgresql", "stop", "database", 503),
    Outage(0.8, "redis", "kill", "cache", 200),
)


async def outages(stage: Stage, count: int = COUNT) -> bool:
    """One project, one database: a producer and two consumers, in three processes."""
    service = stage.service("drill", ["producer", "consumer"])
    settings = await stage.settings(service)
    producer = await stage.serve(service, settings, "--role", "producer")
    consumers = [await stage.serve(service, settings, "--role", "consumer") for _ in range(2)]
    return await survive(stage, producer, settings, consumers, settings, count)


async def survive(
    stage: Stage,
    producer: Process,
    of_producer: Mapping[str, str],
    consumers: Sequence[Process],
    of_consumers: Mapping[str, str],
    count: int,
) -> bool:
    """Take every server away under load, then count what arrived where."""
    timeline, verdict = Timeline(), Verdict(f"{stage.name}: {count:,} notifications")
    load = Load([producer.url], count)
    subscribers = [Subscriber(consumer.url) for consumer in consumers]
    processes = {"producer": producer} | {f"consumer {n}": c for n, c in enumerate(consumers, 1)}
    async with AsyncExitStack() as stack:
        ops = {name: process.ops_url for name, process in processes.items()}
        await stack.enter_async_context(timeline.watching(ops))
        for subscriber in subscribers:
            await stack.enter_async_context(subscriber.following())
        loading = asyncio.create_task(load.run())
        began = timeline.now()
        await _take_away(stage, load, timeline, verdict, list(processes))
        await loading
        timeline.note("load", f"{count:,} accepted, {count / (timeline.now() - began):,.0f}/s")
        await _arrived(stage, load, subscribers, of_producer, of_consumers, verdict)
        timeline.note("load", "all there")
        await asyncio.sleep(1)
        for name in processes:
            verdict.holds(f"{name}: all well at the end", timeline.well(name))
    timeline.show()
    return verdict.show()


async def _take_away(
    stage: Stage, load: Load, timeline: Timeline, verdict: Verdict, processes: Sequence[str]
) -> None:
    for outage in OUTAGES:
        await load.reached(outage.share)
        since = timeline.now()
        await stage.servers.do(outage.deed, outage.server)
        timeline.note("fault", f"{outage.server}: {outage.deed}")
        await asyncio.sleep(AWAY)
        for name in processes:
            told = timeline.told(name, outage.dependency, outage.status, since)
            verdict.holds(f"{name}: /readyz {outage.status}, {outage.dependency} away", told)
        await stage.servers.do("start", outage.server)
        timeline.note("fault", f"{outage.server}: start")


async def _arrived(
    stage: Stage,
    load: Load,
    subscribers: Sequence[Subscriber],
    of_producer: Mapping[str, str],
    of_consumers: Mapping[str, str],
    verdict: Verdict,
) -> None:
    accepted = set(load.accepted)
    verdict.equal("answered 202, each with its own id", len(accepted), load.count)
    verdict.holds("refused with 503 and tried again", True, load.refused)
    verdict.holds("connections lost and tried again", True, load.lost)
    queue = of_consumers["BROKER_QUEUE"]
    verdict.holds("outbox and queue are empty", await look.drained(of_producer, queue))
    for number, subscriber in enumerate(subscribers, 1):
        await subscriber.saw(accepted, PATIENCE)
        seen = sum(identity in accepted for identity in subscriber.seen)
        verdict.equal(f"seen by the subscriber of consumer {number}", seen, len(accepted))
        verdict.equal("  seen twice", subscriber.seen.total() - len(subscriber.seen), 0)
        verdict.holds("  cut, and resumed with its cursor", not subscriber.resets, subscriber.cuts)
    for url in {of_producer["DATABASE_URL"], of_consumers["DATABASE_URL"]}:
        found = await look.ids(url, "notifications")
        name = url.rpartition("/")[2]
        verdict.equal(f"rows in {name}", sum(found[i] == 1 for i in accepted), len(accepted))
    found = await look.ids(of_consumers["DATABASE_URL"], "journal")
    verdict.equal(
        "rows in the journal, once each", sum(found[i] == 1 for i in accepted), len(accepted)
    )
    verdict.equal("rows in the journal in all", found.total(), len(accepted))
    verdict.equal("dead letters", await look.depth(of_consumers["BROKER_URL"], f"{queue}.dead"), 0)
