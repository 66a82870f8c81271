"""An old state comes back, while a consumer and RabbitMQ have newer events."""

import json
from collections.abc import Sequence

import httpx

from tools.client.poster import Poster
from tools.drill import look
from tools.drill.backup.machine import Machine
from tools.drill.failover import reset
from tools.drill.stage import Stage
from tools.drill.subscriber import Subscriber
from tools.drill.verdict import Verdict

SOME = 100
PATIENCE = 60.0
STORED = "SELECT count(*), count(DISTINCT id) FROM journal"


async def old_state(stage: Stage) -> bool:
    """Restore a producer's database, and then its consumer's; both on a server elsewhere."""
    verdict = Verdict(f"{stage.name}: an old state, while RabbitMQ and the consumer are newer")
    announcer = stage.service("saved-announcer", ["producer"], deploy=["server"])
    reader = stage.service("saved-reader", ["consumer"], deploy=["server"])
    of_announcer = await stage.settings(announcer, "old-announcer", AUTH="none")
    of_reader = await stage.settings(reader, "old-reader", AUTH="none")
    sender = Machine(stage.folder / "announcer-machine", announcer, of_announcer, None)
    receiver = Machine(stage.folder / "reader-machine", reader, of_reader, None)
    producer = await stage.serve(announcer, of_announcer)
    consumer = await stage.serve(reader, of_reader)
    await look.consumed_soon(of_reader["BROKER_URL"], of_reader["BROKER_QUEUE"])
    subscriber = Subscriber(consumer.url)
    async with subscriber.following():
        before = await register(producer.url, "before", SOME)
        await subscriber.saw(before, PATIENCE)
        await receiver.done("backup")
        await stage.servers.do("stop", "rabbitmq")
        waiting = await register(producer.url, "waiting", SOME)
        partial = await sender.run("backup")
        verdict.equal("backup without RabbitMQ: exit code", partial.code, 1)
        verdict.holds("  it has the database", "nothing of RabbitMQ" in partial.output)
        await stage.servers.do("start", "rabbitmq")
        await subscriber.saw(waiting, PATIENCE)
        after = await register(producer.url, "after", SOME)
        await subscriber.saw(after, PATIENCE)
        await seen(producer.url, before[0])
        await look.drained(of_announcer, of_reader["BROKER_QUEUE"])

        await producer.end()
        await sender.done("restore", "--database")
        outbox = await look.waiting(of_announcer["DATABASE_URL"])
        verdict.equal("the producer's: events in the outbox again", outbox, SOME)
        producer = await stage.serve(announcer, of_announcer)
        await look.drained(of_announcer, of_reader["BROKER_QUEUE"])
        verdict.equal("  notifications", await total(producer.url), 2 * SOME)
        stored = tuple((await look.rows(of_reader["DATABASE_URL"], STORED))[0])
        verdict.equal("  the consumer's journal", stored, (3 * SOME, 3 * SOME))
        twice = sum(times > 1 for times in subscriber.seen.values())
        verdict.equal("  came twice on a stream", twice, 0)
        verdict.equal("  seen, marked after the backup", await seen_state(producer.url, before), 0)
        again = await register(producer.url, "before", SOME)
        verdict.holds("  a key from before it: the same ids", again == before, len(again))
        repeated = await register(producer.url, "after", SOME)
        await subscriber.saw(repeated, PATIENCE)
        verdict.equal("  a key from after it: the same ids", len({*repeated} & {*after}), 0)
        stored = tuple((await look.rows(of_reader["DATABASE_URL"], STORED))[0])
        verdict.equal("  the consumer's journal after that", stored, (4 * SOME, 4 * SOME))

        await receiver.done("restore", "--database")
        verdict.holds("the consumer's: its stream is reset", await reset([subscriber], 1))
        stored = tuple((await look.rows(of_reader["DATABASE_URL"], STORED))[0])
        verdict.equal("  its journal: that of the backup", stored, (SOME, SOME))
        newest = await register(producer.url, "newest", SOME)
        verdict.holds("  new events come", await subscriber.saw(newest, PATIENCE))
        stored = tuple((await look.rows(of_reader["DATABASE_URL"], STORED))[0])
        verdict.equal("  acked events do not come again", stored, (2 * SOME, 2 * SOME))
    return verdict.show()


async def register(url: str, key: str, count: int) -> list[str]:
    """Register one by one, each with its key, and return the ids; raises if one is refused."""
    poster = Poster(url, connections=1)
    ids = []
    for number in range(count):
        body = {"receiver": "ada", "action_type": "saved", "fired_at": "2026-01-01T00:00:00Z"}
        content = json.dumps(body | {"action_data": {"n": number}}).encode()
        answer = await poster.post(content, f"{key}-{number}")
        if answer.status != 202:
            raise RuntimeError(f"{answer.status}: {answer.body.decode()}")
        ids.append(str(json.loads(answer.body)["id"]))
    poster.close()
    return ids


async def total(url: str) -> int:
    """Return how many notifications it lists."""
    async with httpx.AsyncClient(base_url=url) as http:
        found: int = (await http.get("/notifications")).json()["total"]
    return found


async def seen(url: str, identity: str) -> None:
    """Mark one as seen."""
    async with httpx.AsyncClient(base_url=url) as http:
        path = f"/notifications/{identity}"
        (await http.patch(path, json={"is_seen": True})).raise_for_status()


async def seen_state(url: str, ids: Sequence[str]) -> int:
    """Return how many of these are seen."""
    async with httpx.AsyncClient(base_url=url) as http:
        found = [(await http.get(f"/notifications/{identity}")).json() for identity in ids]
    return sum(each["is_seen"] for each in found)
