import msgspec
import pytest

from app.application.notification.mapping import REGISTERED, decode
from app.application.notification.messages import READ
from chassis.application.access.caller import Caller
from chassis.application.context import new_context, use_context
from chassis.application.errors import Busy, Forbidden
from chassis.application.streaming.follower import Follower
from chassis.application.streaming.messages import Subscribe
from chassis.application.streaming.streamed import Streamed
from chassis.application.streaming.subscribe import SubscribeHandler
from chassis.application.tracing.no_tracing import NoTracing
from chassis.domain.errors import Invalid
from tests.chassis.unit.events import BOTH, ORDER, make_event
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import (
    ManualClock,
    RecordingMetrics,
    RecordingSignal,
    make_notification,
    store,
)


async def test_it_opens_a_stream_on_the_follower_of_this_process(
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    signal: RecordingSignal,
    clock: ManualClock,
    metrics: RecordingMetrics,
) -> None:
    follower = Follower(work, BOTH, signal, clock, metrics, NoTracing(), heartbeat=60, limit=1)
    await follower.step()

    stream = await SubscribeHandler(follower, BOTH)(Subscribe(subject="ada"))

    assert [item.event for item in await anext(stream)] == ["heartbeat"]
    wanted = make_notification(receiver="ada")
    await store(database, [make_notification(receiver="eve"), wanted])
    await follower.step()
    (item,) = await anext(stream)
    assert item.data is not None
    assert decode(item.data).id == wanted.id
    with pytest.raises(Busy):
        await SubscribeHandler(follower, BOTH)(Subscribe())
    stream.close()
    await SubscribeHandler(follower, BOTH)(Subscribe())


async def test_the_types_are_those_that_the_caller_may_read(
    work: MemoryUnitOfWork, signal: RecordingSignal, clock: ManualClock, metrics: RecordingMetrics
) -> None:
    table = {**BOTH, ORDER: Streamed(event="order", scope="orders:read")}
    follower = Follower(work, table, signal, clock, metrics, NoTracing(), heartbeat=60, limit=9)
    await follower.step()
    subscribe = SubscribeHandler(follower, table)
    ada = Caller(name="ada", scopes=frozenset({READ}), receivers=("*",))

    with use_context(msgspec.structs.replace(new_context(), caller=ada)):
        stream = await subscribe(Subscribe())
        with pytest.raises(Forbidden, match="orders:read"):
            await subscribe(Subscribe(types=(ORDER,)))
        with pytest.raises(Invalid, match="is not streamed"):
            await subscribe(Subscribe(types=("other.v1",)))

    await anext(stream)
    async with work.begin() as unit:
        await unit.journal.append([make_event(), make_event(REGISTERED)])
    await follower.step()
    assert [item.event for item in await anext(stream)] == ["notification"]
    # Those that were refused hold no place.
    assert metrics.gauges["streams_open"] == 1


async def test_whoever_may_read_one_subject_gets_that_one(
    work: MemoryUnitOfWork, signal: RecordingSignal, clock: ManualClock, metrics: RecordingMetrics
) -> None:
    follower = Follower(work, BOTH, signal, clock, metrics, NoTracing(), heartbeat=60, limit=9)
    await follower.step()
    ada = Caller(name="ada", scopes=frozenset({READ}), receivers=("ada",))

    with use_context(msgspec.structs.replace(new_context(), caller=ada)):
        stream = await SubscribeHandler(follower, BOTH)(Subscribe())
        with pytest.raises(Forbidden):
            await SubscribeHandler(follower, BOTH)(Subscribe(subject="eve"))

    await anext(stream)
    async with work.begin() as unit:
        await unit.journal.append([make_event(subject="eve"), make_event(subject="ada")])
    await follower.step()
    [item] = await anext(stream)
    assert item.cursor.endswith(f".{follower_head(metrics)}")


async def test_a_stream_has_the_tag_the_cursor_and_the_end_that_were_asked_for(
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    signal: RecordingSignal,
    clock: ManualClock,
    metrics: RecordingMetrics,
) -> None:
    follower = Follower(work, BOTH, signal, clock, metrics, NoTracing(), heartbeat=60, limit=9)
    greeted, liked = (make_notification(action_type=each) for each in ("greeted", "liked"))
    await store(database, [greeted, liked, make_notification(action_type="liked")])
    await follower.step()
    expired = clock().timestamp() - 1
    ada = Caller(name="ada", is_admin=True, expires_at=expired)
    first, *_ = database.state.journal

    with use_context(msgspec.structs.replace(new_context(), caller=ada)):
        asked = Subscribe(tag="liked", cursor=f"{database.epoch}.{first.position}")
        stream = await SubscribeHandler(follower, BOTH)(asked)

    [begin] = await anext(stream)
    assert begin.cursor == asked.cursor
    assert [item.event for item in await anext(stream)] == ["closed"]


async def test_only_entries_with_the_tag_that_was_asked_for_are_streamed(
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    signal: RecordingSignal,
    clock: ManualClock,
    metrics: RecordingMetrics,
) -> None:
    follower = Follower(work, BOTH, signal, clock, metrics, NoTracing(), heartbeat=60, limit=9)
    await follower.step()
    stream = await SubscribeHandler(follower, BOTH)(Subscribe(tag="liked"))
    await anext(stream)

    wanted = make_notification(action_type="liked")
    await store(database, [make_notification(action_type="greeted"), wanted])
    await follower.step()

    [item] = await anext(stream)
    assert item.data is not None
    assert decode(item.data).id == wanted.id


def follower_head(metrics: RecordingMetrics) -> int:
    """Return how far the follower has read."""
    return int(metrics.gauges["journal_position"])
