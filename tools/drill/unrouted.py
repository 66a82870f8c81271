"""Unrouted: a producer works while no consumer has ever been, and loses nothing of it."""

import asyncio

import httpx

from tools.drill import look
from tools.drill.load import Load
from tools.drill.stage import Stage, command
from tools.drill.verdict import Verdict

COUNT = 10_000
LIMIT, MARK = 500, 300


async def unrouted(stage: Stage, count: int = COUNT) -> bool:
    """Post first, consume later: through `unrouted`, with room in it and without."""
    return await _later(stage, count) and await _full(stage)


async def _later(stage: Stage, count: int) -> bool:
    verdict = Verdict(f"{stage.name}: {count:,} notifications before there is a consumer")
    announcer = stage.service("announcer", ["producer"])
    settings = await stage.settings(announcer)
    producer = await stage.serve(announcer, settings)
    load = Load([producer.url], count)
    await load.run()
    verdict.equal("answered 202", len(set(load.accepted)), count)
    verdict.holds("the outbox is empty", await look.drained(settings, settings["BROKER_QUEUE"]))
    waiting = await look.depth(settings["BROKER_URL"], f"{stage.name}.unrouted")
    verdict.equal("in unrouted", waiting, count)

    reader = stage.service("reader", ["consumer"])
    of_reader = await stage.settings(reader)
    await stage.serve(reader, of_reader)
    await look.consumed_soon(of_reader["BROKER_URL"], of_reader["BROKER_QUEUE"])
    said = await command(announcer, settings, "dead-letters", "replay", "--unrouted", "--all")
    verdict.holds("dead-letters replay --unrouted --all", True, said.strip().splitlines()[-1])
    await look.stored(of_reader["DATABASE_URL"], count)
    found = await look.ids(of_reader["DATABASE_URL"], "journal")
    verdict.equal(
        "stored by the consumer, once each", sum(found[i] == 1 for i in load.accepted), count
    )
    waiting = await look.depth(settings["BROKER_URL"], f"{stage.name}.unrouted")
    verdict.equal("left in unrouted", waiting, 0)
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
    await look.consumed_soon(of_reader["BROKER_URL"], of_reader["BROKER_QUEUE"])
    await command(announcer, settings, "dead-letters", "replay", "--unrouted", "--all")
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
