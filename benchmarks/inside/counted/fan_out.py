"""Fan-out: from the entries of an ingest to the items of each of many subscribers."""

import asyncio

from app.application.notification.mapping import REGISTERED, to_event
from app.application.notification.stream import STREAMED
from chassis.application.ports.journal import ANY, Entry, Filter
from chassis.application.streaming.follower import Follower
from chassis.application.streaming.messages import ItemStream, StreamItem
from chassis.application.tracing.no_tracing import NoTracing
from chassis.infrastructure.clock import system_clock
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics, RecordingSignal, make_notification

# Those who follow everything, and those who follow one receiver each.
FOR_ALL, FOR_ONE = 60, 60
ENTRIES = 60
# Longer than this takes however slow the counter makes it.
HEARTBEAT = 10_000.0


async def run(rounds: int) -> None:
    """Hand entries over, again and again: each is for one subscriber and for all of all."""
    metrics = RecordingMetrics()
    work = MemoryUnitOfWork(MemoryDatabase())
    limit = FOR_ALL + FOR_ONE
    table = {REGISTERED: STREAMED}
    follower = Follower(
        work, table, RecordingSignal(), system_clock, metrics, NoTracing(), HEARTBEAT, limit
    )
    await follower.step()
    names = [f"receiver-{n}" for n in range(FOR_ONE)]
    wanted = [ANY] * FOR_ALL + [Filter(subject=name) for name in names]
    streams = [follower.open(each, None) for each in wanted]
    await asyncio.gather(*(anext(stream) for stream in streams))
    position = 0
    for _ in range(rounds):
        taking = [asyncio.create_task(_take(stream)) for stream in streams]
        # They have to wait before there is something.
        await asyncio.sleep(0)
        made = [make_notification(receiver=names[n % FOR_ONE]) for n in range(ENTRIES)]
        entries = [
            Entry(position + n + 1, to_event(each), each.action_type) for n, each in enumerate(made)
        ]
        position += ENTRIES
        assert follower.offer(entries)
        assert sum(await asyncio.gather(*taking)) == FOR_ALL * ENTRIES + FOR_ONE
    follower.close()


async def _take(stream: ItemStream) -> int:
    items = await anext(stream)
    return len([item.once(_block) for item in items])


def _block(item: StreamItem) -> bytes:
    return b"id: %b\nevent: notification\ndata: %b\n\n" % (item.cursor.encode(), item.data or b"")
