"""Unrouted: a producer works while no consumer has ever been, and loses nothing of it."""

import asyncio
import time

import httpx

from tools.drill import look
from tools.drill.load import Load
from tools.drill.stage import Stage
from tools.drill.subscriber import Subscriber
from tools.drill.verdict import Verdict

COUNT = 10_000
TIMES = 20
FIRST = 50
LIMIT, MARK = 500, 300
# Seconds after which a message that a queue takes is not in `unrouted` any more.
ROUTED = 60.0


async def unrouted(stage: Stage, count: int = COUNT, times: int = TIMES) -> bool:
    """Post first and consume later, with room in `unrouted` and without; then start both at once.

    `count` notifications wait for their consumer; `times` both roles start on an empty broker.
    """
    well = await _later(stage, count)
    well = await _full(stage) and well
    return await _together(stage, times) and well


async def _later(stage: Stage, count: int) -> bool:
    verdict = Verdict(f"{stage.name}: {count:,} notifications before there is a consumer")
    announcer = stage.service("announcer", ["producer"])
    settings = await stage.settings(announcer)
    producer = await stage.serve(announcer, settings)
    load = Load([producer.url], count)
    await load.run()
    verdict.equal("answered 202", len(set(load.accepted)), count)
    verdict.holds("the outbox is empty", await look.drained(settings, settings["BROKER_QUEUE"]))
    queue = f"{stage.name}.unrouted"
    waiting = await look.depth(settings["BROKER_URL"], queue)
    verdict.equal("in unrouted", waiting, count)

    reader = stage.service("reader", ["consumer"])
    of_reader = await stage.settings(reader)
    began = time.monotonic()
    consumer = await stage.serve(reader, of_reader)
    subscriber = Subscriber(consumer.url)
    async with subscriber.following():
        await look.stored(of_reader["DATABASE_URL"], count)
        await subscriber.saw(load.accepted, patience=ROUTED)
        is_empty = await look.depth_soon(settings["BROKER_URL"], queue, 0)
        took = time.monotonic() - began
    verdict.holds(f"all of it within {ROUTED:g} s, in s", took < ROUTED, f"{took:.1f}")
    found = await look.ids(of_reader["DATABASE_URL"], "journal")
    once = sum(found[identity] == 1 for identity in load.accepted)
    verdict.equal("stored by the consumer, once each", once, count)
    once = sum(subscriber.seen[identity] == 1 for identity in load.accepted)
    verdict.equal("streamed by the consumer, once each", once, count)
    verdict.holds("unrouted is empty", is_empty)
    return verdict.show()


async def _full(stage: Stage) -> bool:
    verdict = Verdict(f"{stage.name}: no room in unrouted (limit {LIMIT}, OUTBOX_MARK {MARK})")
    announcer, reader = (
        stage.service("announcer", ["producer"]),
        stage.service("reader", ["consumer"]),
    )
    exchange = f"{stage.name}-full"
    own = {
        "BROKER_EXCHANGE": exchange,
        "BROKER_UNROUTED_LIMIT": str(LIMIT),
        "OUTBOX_MARK": str(MARK),
    }
    settings = await stage.settings(announcer, name="full", **own)
    producer = await stage.serve(announcer, settings)
    accepted, refusal = await _until_refused(producer.url)
    verdict.equal("then refused with", refusal.status_code, 503)
    verdict.holds(
        "Retry-After", "Retry-After" in refusal.headers, refusal.headers.get("Retry-After")
    )
    verdict.holds("accepted until then", len(accepted) > LIMIT + MARK, len(accepted))
    waiting = await look.depth(settings["BROKER_URL"], f"{exchange}.unrouted")
    verdict.holds("in unrouted, about its limit", waiting >= LIMIT, waiting)

    of_reader = await stage.settings(reader, name="full-reader", **own)
    await stage.serve(reader, of_reader)
    verdict.holds("the outbox empties", await look.drained(settings, of_reader["BROKER_QUEUE"]))
    await look.stored(of_reader["DATABASE_URL"], len(accepted))
    found = await look.ids(of_reader["DATABASE_URL"], "journal")
    once = sum(found[identity] == 1 for identity in accepted)
    verdict.equal("stored by the consumer, once each", once, len(accepted))
    async with httpx.AsyncClient() as http:
        body = {"receiver": "ada", "action_type": "drilled"}
        answer = await http.post(f"{producer.url}/notifications", json=body)
    verdict.equal("accepted again with", answer.status_code, 202)
    return verdict.show()


async def _together(stage: Stage, times: int) -> bool:
    verdict = Verdict(f"{stage.name}: both roles start on an empty broker, {times} times")
    both = stage.service("both", ["producer", "consumer"])
    accepted, left = 0, 0
    for number in range(times):
        name = f"{stage.name}-together-{number}"
        settings = await stage.settings(both, name=name, BROKER_EXCHANGE=name)
        process = await stage.serve(both, settings)
        # From the moment at which it listens.
        load = Load([process.url], FIRST)
        await load.run()
        await look.stored(settings["DATABASE_URL"], FIRST)
        found = await look.ids(settings["DATABASE_URL"], "journal")
        accepted += sum(found[identity] == 1 for identity in load.accepted)
        left += await look.depth(settings["BROKER_URL"], f"{name}.unrouted")
        await process.end()
    verdict.equal("stored, once each", accepted, times * FIRST)
    verdict.equal("left in unrouted", left, 0)
    return verdict.show()


async def _until_refused(url: str) -> tuple[list[str], httpx.Response]:
    accepted: list[str] = []
    body = {"receiver": "ada", "action_type": "drilled"}
    async with httpx.AsyncClient(timeout=30) as http:
        # The mark is looked at once a second: a bound on the number keeps this from going on.
        for _ in range(200):
            answer = await http.post(f"{url}/notifications", json=[body] * 50)
            if answer.status_code != 202:
                return accepted, answer
            accepted += answer.json()["ids"]
            await asyncio.sleep(0.1)
    raise RuntimeError(f"{len(accepted)} accepted, and none refused")
