"""Events: subscribers of each kind, to several event types, on replicas that restart."""

import asyncio
from collections import Counter

from tools.drill import look
from tools.drill.over.caller import STREAMS
from tools.drill.replica import Replica
from tools.drill.stage import Stage
from tools.drill.streaming.accepted import Producer
from tools.drill.streaming.following import Followed, following, opened, settled
from tools.drill.streaming.subscriptions import TYPES, subscriptions
from tools.drill.verdict import Verdict
from tools.orders import add_orders
from tools.service import Service

COUNT = 1_000
REPLICAS = 2
# Seconds in which the last events must arrive.
PATIENCE = 60.0

JOURNAL = "SELECT count(*) FROM journal WHERE type = $1"


async def events(stage: Stage, count: int = COUNT) -> bool:
    """Post `count` events of each type; one replica restarts in the middle of it.

    Each subscriber must get each event that its filter takes once, and nothing else.
    """
    service = await asyncio.to_thread(_ordering, stage)
    settings = await stage.settings(service, SHUTDOWN_GRACE="10")
    first = Replica(stage, settings, "producer")
    replicas = [Replica(stage, settings, "consumer", STREAMS) for _ in range(REPLICAS)]
    for replica in (*replicas, first):
        await replica.become(service)
    followed = [
        Followed(number, subscription)
        for number, replica in enumerate(replicas, 1)
        for subscription in subscriptions(replica.ports, service.path)
    ]
    producer = Producer(first.url, count)
    async with following(followed):
        sending = asyncio.create_task(producer.run())
        away = await _restart(replicas[-1], service, producer)
        await sending
        await opened(followed)
        await settled(followed, producer.accepted, PATIENCE)
    verdict = Verdict(f"{stage.name}: {count:,} events of each of {len(TYPES)} types")
    accepted = Counter(event.told.event for event in producer.accepted)
    for name, type_name in TYPES.items():
        rows = await look.rows(settings["DATABASE_URL"], JOURNAL, type_name)
        verdict.equal(
            f"{name}: accepted, in the journal", (accepted[name], rows[0][0]), (count,) * 2
        )
    verdict.holds(f"accepted while replica {REPLICAS} was away", away > 0, away)
    for each in followed:
        verdict.holds(each.name, *each.compare(producer.accepted))
    for number in range(1, REPLICAS + 1):
        streams = [each.subscriber for each in followed if each.replica == number]
        is_cut = number == REPLICAS
        told = (
            sum(stream.cuts for stream in streams),
            sum(stream.resumed > 0 for stream in streams),
            sum(stream.resets for stream in streams),
        )
        wanted = (len(streams), len(streams), 0) if is_cut else (0, 0, 0)
        verdict.equal(f"{number}: streams cut, resumed, reset", told, wanted)
    return verdict.show()


def _ordering(stage: Stage) -> Service:
    """Return a service with the second aggregate, over all transports."""
    is_new = not (stage.folder / "ordering").exists()
    service = stage.service("ordering", ["producer", "consumer"], STREAMS)
    if is_new:
        add_orders(service)
    return service


async def _restart(replica: Replica, service: Service, producer: Producer) -> int:
    """End it while events come, and start it again; return how many came meanwhile."""
    await producer.reached(1 / 3)
    await replica.end()
    before = len(producer.accepted)
    await producer.reached(2 / 3)
    during = len(producer.accepted) - before
    await replica.become(service)
    return during
