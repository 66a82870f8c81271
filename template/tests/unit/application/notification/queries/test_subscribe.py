import pytest

from app.application.errors import Busy
from app.application.following.follower import Follower
from app.application.notification.mapping import decode
from app.application.notification.messages import Subscribe
from app.application.notification.queries.subscribe import SubscribeHandler
from app.application.tracing.no_tracing import NoTracing
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import (
    ManualClock,
    RecordingMetrics,
    RecordingWake,
    make_notification,
    store,
)


async def test_it_opens_a_stream_on_the_follower_of_this_process(
    work: MemoryUnitOfWork,
    database: MemoryDatabase,
    wake: RecordingWake,
    clock: ManualClock,
    metrics: RecordingMetrics,
) -> None:
    follower = Follower(work, wake, clock, metrics, NoTracing(), heartbeat=60, limit=1)
    await follower.step()

    stream = await SubscribeHandler(follower)(Subscribe(receiver="ada"))

    assert [item.event for item in await anext(stream)] == ["heartbeat"]
    wanted = make_notification(receiver="ada")
    await store(database, [make_notification(receiver="eve"), wanted])
    await follower.step()
    (item,) = await anext(stream)
    assert item.data is not None
    assert decode(item.data).id == wanted.id
    with pytest.raises(Busy):
        await SubscribeHandler(follower)(Subscribe())
    stream.close()
    await SubscribeHandler(follower)(Subscribe())
