"""Violation: one row of many violates a constraint of the database; the other rows are stored."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Mapping

import asyncpg

from tools.client.poster import Answer, Poster
from tools.drill import look
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict

COUNT = 100
ROUNDS = 10
NOBODY = "nobody"
SHORT = "0.2,0.4"


async def violation(stage: Stage, count: int = COUNT) -> bool:
    """Break a constraint of the producer's database, then one of the consumer's."""
    service = stage.service("drill", ["producer", "consumer"])
    of_producer = await stage.settings(service, "producer")
    of_consumer = await stage.settings(service, "consumer", RETRY_DELAYS=SHORT)
    producer = await stage.serve(service, of_producer, "--role", "producer")
    await stage.serve(service, of_consumer, "--role", "consumer")
    await look.consumed_soon(of_consumer["BROKER_URL"], of_consumer["BROKER_QUEUE"])
    poster = Poster(producer.url, connections=count)
    refused = await _refused(stage, poster, of_producer, of_consumer, count)
    dead_letters = await _dead_letters(stage, poster, of_producer, of_consumer, count)
    poster.close()
    return refused and dead_letters


async def _refused(
    stage: Stage,
    poster: Poster,
    of_producer: Mapping[str, str],
    of_consumer: Mapping[str, str],
    count: int,
) -> bool:
    verdict = Verdict(f"{stage.name}: 1 of {count} at once breaks a constraint, {ROUNDS} times")
    await _forbid(of_producer["DATABASE_URL"])
    chance = random.Random(7)
    answers: list[Answer] = []
    for _ in range(ROUNDS):
        answers += await _post(poster, count, chance.randrange(count))
    statuses = Counter(answer.status for answer in answers)
    verdict.equal("accepted", statuses[202], ROUNDS * (count - 1))
    verdict.equal("refused with 422", statuses[422], ROUNDS)
    verdict.equal("any other answer", len(answers) - statuses[202] - statuses[422], 0)
    every = await poster.post(json.dumps([_body(), _body(NOBODY), _body()]).encode())
    verdict.equal("an array with one of them", every.status, 422)
    accepted = [json.loads(answer.body)["id"] for answer in answers if answer.status == 202]
    queue = of_consumer["BROKER_QUEUE"]
    verdict.holds("outbox and queue are empty", await look.drained(of_producer, queue))
    await look.stored(of_consumer["DATABASE_URL"], len(accepted))
    for name, url in (("producer", of_producer), ("consumer", of_consumer)):
        found = await look.ids(url["DATABASE_URL"], "notifications")
        once = sum(found[identity] == 1 for identity in accepted)
        verdict.equal(f"stored by the {name}, once each", once, len(accepted))
        verdict.equal("  rows in all", found.total(), len(accepted))
    return verdict.show()


async def _dead_letters(
    stage: Stage,
    poster: Poster,
    of_producer: Mapping[str, str],
    of_consumer: Mapping[str, str],
    count: int,
) -> bool:
    verdict = Verdict(f"{stage.name}: 1 of {count} breaks a constraint of the consumer's database")
    url, queue = of_consumer["DATABASE_URL"], of_consumer["BROKER_QUEUE"]
    before = len(await look.rows(url, "SELECT id FROM journal"))
    await _allow(of_producer["DATABASE_URL"])
    await _forbid(url)
    answers = await _post(poster, count, count // 2)
    verdict.equal("accepted", sum(answer.status == 202 for answer in answers), count)
    verdict.holds("the others are stored", await look.stored(url, before + count - 1))
    dead = await look.depth_soon(of_consumer["BROKER_URL"], f"{queue}.dead", 1)
    verdict.holds("it is the only dead letter", dead)
    after = len(await look.rows(url, "SELECT id FROM journal"))
    verdict.equal("rows in the journal", after - before, count - 1)
    return verdict.show()


async def _post(poster: Poster, count: int, culprit: int) -> list[Answer]:
    bodies = [_body(NOBODY if number == culprit else "ada") for number in range(count)]
    return await asyncio.gather(*(poster.post(json.dumps(body).encode()) for body in bodies))


def _body(actioner: str = "ada") -> dict[str, str]:
    return {"receiver": "ada", "action_type": "drilled", "actioner": actioner}


async def _forbid(url: str) -> None:
    await _execute(
        url, f"ALTER TABLE notifications ADD CONSTRAINT drilled CHECK (actioner <> '{NOBODY}')"
    )


async def _allow(url: str) -> None:
    await _execute(url, "ALTER TABLE notifications DROP CONSTRAINT drilled")


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
