"""Two services: a producer and a consumer that share a broker and nothing else."""

import random

import httpx

from tools.drill.outages import survive
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict

COUNT = 5_000
TRIES = 1_000


async def services(stage: Stage, count: int = COUNT) -> bool:
    """Two projects, two databases: the outages again, then reads that must not be stale."""
    announcer = stage.service("announcer", ["producer"])
    reader = stage.service("reader", ["consumer"])
    of_announcer, of_reader = await stage.settings(announcer), await stage.settings(reader)
    producer = await stage.serve(announcer, of_announcer)
    consumers = [await stage.serve(reader, of_reader) for _ in range(2)]
    well = await survive(stage, producer, of_announcer, consumers, of_reader, count)
    return await fresh(consumers[0].url, consumers[1].url, consumers[1].ops_url) and well


async def fresh(writer: str, reader: str, ops: str) -> bool:
    """Set the seen state on one replica, and read it on the other at once."""
    verdict = Verdict(f"PATCH on one replica, GET on another, {TRIES:,} times")
    chance = random.Random(7)
    stale = 0
    async with httpx.AsyncClient(timeout=10) as http:
        listed = (await http.get(f"{writer}/notifications", params={"size": 50})).json()
        verdict.holds(
            "the consumer's own database serves them", listed["total"] > 0, listed["total"]
        )
        hits = await count_of(http, ops, "cache_hits_total")
        for _ in range(TRIES):
            path = f"/notifications/{chance.choice(listed['items'])['id']}"
            state = chance.choice((True, False))
            (await http.patch(writer + path, json={"is_seen": state})).raise_for_status()
            stale += (await http.get(reader + path)).raise_for_status().json()["is_seen"] != state
        hits = await count_of(http, ops, "cache_hits_total") - hits
    verdict.equal("stale answers", stale, 0)
    verdict.holds("answered by the cache", hits > 0.9 * TRIES, int(hits))
    return verdict.show()


async def count_of(http: httpx.AsyncClient, ops: str, name: str) -> float:
    """Return a counter of a process."""
    page = (await http.get(f"{ops}/metrics")).text
    lines = (line.split() for line in page.splitlines())
    return next((float(line[1]) for line in lines if line and line[0] == name), 0.0)
