"""Long outages: the database, then the broker, is away for longer than any retry lasts."""

import asyncio
import json
import time
from collections.abc import Mapping

from tools.client.pace import at_pace
from tools.client.poster import Answer, Poster
from tools.drill import look
from tools.drill.events import event
from tools.drill.load import Load
from tools.drill.poison import Exchange
from tools.drill.stage import Stage
from tools.drill.subscriber import Subscriber
from tools.drill.timeline import Timeline
from tools.drill.verdict import Verdict
from tools.process import Process

SECONDS = 180.0
# The delays of the retry schedule, in parts of the outage; a sixth of it in all.
DELAYS = (1 / 180, 4 / 180, 10 / 180, 15 / 180)
RATE = 500
BEFORE = 3.0
BACK = 60.0


async def long_outages(stage: Stage, seconds: float = SECONDS) -> bool:
    """Take PostgreSQL away for that long, then RabbitMQ, each under load."""
    database = await _database_away(stage, seconds)
    return await _broker_away(stage, seconds) and database


async def _database_away(stage: Stage, seconds: float) -> bool:
    delays = [seconds * part for part in DELAYS]
    verdict = Verdict(
        f"{stage.name}: PostgreSQL away for {seconds:g} s, a retry schedule of {sum(delays):g} s"
    )
    producer, consumer, settings = await _cast(
        stage, "database", RETRY_DELAYS=",".join(f"{delay:.3g}" for delay in delays)
    )
    timeline, subscriber = Timeline(), Subscriber(consumer.url)
    load = Load([producer.url], patience=seconds + 120)
    foreign = _Foreign(settings)
    url, queue = settings["DATABASE_URL"], settings["BROKER_QUEUE"]
    ops = {"producer": producer.ops_url, "consumer": consumer.ops_url}
    async with timeline.watching(ops), subscriber.following():
        loading = asyncio.create_task(load.run())
        publishing = asyncio.create_task(foreign.run())
        await asyncio.sleep(BEFORE)
        await stage.servers.do("stop", "postgresql")
        timeline.note("fault", "postgresql: stop")
        await asyncio.sleep(seconds)
        await stage.servers.do("start", "postgresql")
        timeline.note("fault", "postgresql: start")
        since, reached = time.monotonic(), len(load.accepted)
        await load.accepted_at_least(reached + 1)
        verdict.holds("accepts again by itself after", True, f"{time.monotonic() - since:.1f} s")
        await asyncio.sleep(BEFORE)
        load.stop()
        foreign.stop()
        await asyncio.gather(loading, publishing)
        ids = [*load.accepted, *foreign.published]
        caught_up = await look.stored(url, len(ids))
        took = time.monotonic() - since
        verdict.holds(
            f"all is stored within {BACK:g} s", caught_up and took < BACK, f"{took:.1f} s"
        )
        verdict.holds("outbox and queue are empty", await look.drained(settings, queue))
        verdict.equal("dead letters", await look.depth(settings["BROKER_URL"], f"{queue}.dead"), 0)
        await subscriber.saw(ids, BACK)
    found = await look.ids(url, "journal")
    verdict.holds("events of another service meanwhile", True, len(foreign.published))
    verdict.equal("journalled, once each", sum(found[i] == 1 for i in ids), len(ids))
    verdict.equal("  rows in all", found.total(), len(ids))
    verdict.equal("seen by a subscriber", sum(i in subscriber.seen for i in ids), len(ids))
    verdict.equal("  twice", subscriber.seen.total() - len(subscriber.seen), 0)
    for name, process in (("producer", producer), ("consumer", consumer)):
        verdict.holds(f"{name}: the same process", process.exit_code is None, process.pid)
    timeline.show()
    return verdict.show()


async def _broker_away(stage: Stage, seconds: float) -> bool:
    mark = int(RATE * seconds / 2)
    verdict = Verdict(
        f"{stage.name}: RabbitMQ away for {seconds:g} s at {RATE} a second, OUTBOX_MARK {mark:,}"
    )
    producer, _, settings = await _cast(stage, "broker", OUTBOX_MARK=str(mark))
    url, queue = settings["DATABASE_URL"], settings["BROKER_QUEUE"]
    callers = _Callers(producer)
    await callers.call(BEFORE)
    await look.drained(settings, queue)
    verdict.equal("accepted before", len(callers.accepted), int(RATE * BEFORE))
    before = len(callers.accepted)
    await stage.servers.do("stop", "rabbitmq")
    await callers.call(seconds)
    kept = callers.before_refusal - before
    verdict.holds("accepted up to the mark, before any is refused", kept >= mark, kept)
    verdict.holds("then refused with 503 and Retry-After", callers.refused > 0, callers.refused)
    verdict.equal("any other answer, or none", callers.others, [])
    await stage.servers.do("start", "rabbitmq")
    since = time.monotonic()
    held = await look.waiting(url)
    while await look.waiting(url) and time.monotonic() - since < 2 * BACK:
        await asyncio.sleep(0.2)
    took = time.monotonic() - since
    verdict.holds(
        f"{held:,} in the outbox, drained within {BACK:g} s", took < BACK, f"{took:.1f} s"
    )
    await callers.call(1)
    verdict.equal("accepted again, any other answer", callers.others, [])
    await look.drained(settings, queue)
    await look.stored(url, len(callers.accepted))
    found = await look.ids(url, "journal")
    once = sum(found[identity] == 1 for identity in callers.accepted)
    verdict.equal("journalled, once each", once, len(callers.accepted))
    verdict.equal("  rows in all", found.total(), len(callers.accepted))
    return verdict.show()


async def _cast(stage: Stage, name: str, **own: str) -> tuple[Process, Process, dict[str, str]]:
    service = stage.service("drill", ["producer", "consumer"])
    settings = await stage.settings(service, name, BROKER_EXCHANGE=f"{stage.name}-{name}", **own)
    producer = await stage.serve(service, settings, "--role", "producer")
    consumer = await stage.serve(service, settings, "--role", "consumer")
    await look.consumed_soon(settings["BROKER_URL"], settings["BROKER_QUEUE"])
    return producer, consumer, settings


class _Foreign:
    """Another service, which goes on publishing: its events wait for the consumer's database."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        self.published: list[str] = []
        self._exchange = Exchange(settings["BROKER_URL"], settings["BROKER_EXCHANGE"])
        self._stopped = False

    async def run(self) -> None:
        """Publish ten events a second until `stop`."""
        while not self._stopped:
            events = [event() for _ in range(10)]
            await self._exchange.publish(*(json.dumps(one).encode() for one in events))
            self.published += [one["id"] for one in events]
            await asyncio.sleep(1)

    def stop(self) -> None:
        self._stopped = True


class _Callers:
    """Callers at a steady pace, who do not try again; what each was answered is kept."""

    def __init__(self, producer: Process) -> None:
        self.accepted: list[str] = []
        self.refused = 0
        self.before_refusal = 0
        self.others: list[str] = []
        self._poster = Poster(producer.url)

    async def call(self, seconds: float) -> None:
        """Post at the pace for that long."""
        await at_pace(RATE, seconds, self._post)

    async def _post(self, number: int, _: int) -> None:
        body = {"receiver": f"r{number % 97}", "action_type": "drilled"}
        try:
            answer = await self._poster.post(json.dumps(body).encode())
        except OSError as error:
            self.others.append(repr(error))
            return
        self._keep(answer)

    def _keep(self, answer: Answer) -> None:
        if answer.status == 202:
            self.accepted.append(json.loads(answer.body)["id"])
            self.before_refusal += not self.refused
        elif answer.status == 503 and b"retry-after:" in answer.head.lower():
            self.refused += 1
        else:
            self.others.append(f"{answer.status} {answer.body.decode()}")
