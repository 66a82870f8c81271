from contextlib import aclosing

import pytest

from app.application.errors import Busy
from app.application.follow import Follower
from app.application.notification.messages import Subscribe
from app.application.notification.queries.subscribe import SubscribeHandler
from tests.memory_database import MemoryDatabase, MemoryUnitOfWork
from tests.unit.support import RecordingMetrics, RecordingWake, make_notification, store


async def test_it_opens_a_stream_on_the_follower_of_this_process(
    work: MemoryUnitOfWork, database: MemoryDatabase, wake: RecordingWake, metrics: RecordingMetrics
) -> None:
    follower = Follower(work, wake, metrics, heartbeat=60, limit=1)
    await follower.step()
    subscribe = SubscribeHandler(follower)

    async with aclosing(await subscribe(Subscribe(receiver="ada"))) as stream:
        assert (await anext(stream)).event == "heartbeat"
        wanted = make_notification(receiver="ada")
        await store(database, [make_notification(receiver="eve"), wanted])
        await follower.step()
        data = (await anext(stream)).data
        assert data is not None
        assert data.id == wanted.id
        with pytest.raises(Busy):
            await subscribe(Subscribe())
