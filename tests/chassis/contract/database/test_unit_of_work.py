"""The port `UnitOfWork`."""

import asyncio

import pytest

from app.application.notification.ports import Criteria
from tests.contract.database.stores import EveryWork, Store
from tests.unit.support import make_notification


async def count(work: EveryWork) -> int:
    return await work.notifications.count(Criteria(), at_most=1000)


async def test_a_transaction_reads_its_own_writes_and_others_only_committed_ones(
    store: Store,
) -> None:
    async with store.work.begin() as work:
        await work.notifications.add([make_notification()])
        assert await count(work) == 1
        async with store.work.read() as other:
            assert await count(other) == 0
    async with store.work.read() as other:
        assert await count(other) == 1


async def test_an_error_takes_everything_back_and_goes_on(store: Store) -> None:
    async def fail() -> None:
        async with store.work.begin() as work:
            await work.notifications.add([make_notification()])
            raise RuntimeError("on purpose")

    with pytest.raises(RuntimeError, match="on purpose"):
        await fail()
    async with store.work.read() as work:
        assert await count(work) == 0


async def test_a_cancelled_transaction_is_taken_back(store: Store) -> None:
    written = asyncio.Event()

    async def hang() -> None:
        async with store.work.begin() as work:
            await work.notifications.add([make_notification()])
            written.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hang())
    await written.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), store.work.begin() as work:
        assert await count(work) == 0


async def test_a_snapshot_sees_one_state(store: Store) -> None:
    async with store.work.read() as reading:
        assert await count(reading) == 0
        async with store.work.begin() as writing:
            await writing.notifications.add([make_notification()])
        assert await count(reading) == 0


async def test_writers_wait_for_each_other_and_lose_nothing(store: Store) -> None:
    async def write() -> None:
        async with store.work.begin() as work:
            await work.notifications.add([make_notification()])
            await asyncio.sleep(0)

    await asyncio.gather(*(write() for _ in range(50)))
    async with store.work.read() as work:
        assert await count(work) == 50


async def test_many_readers_at_once_are_served(store: Store) -> None:
    async def read() -> int:
        async with store.work.read() as work:
            return await count(work)

    assert await asyncio.gather(*(read() for _ in range(50))) == [0] * 50


async def test_a_storm_of_cancellations_leaves_it_working(store: Store) -> None:
    async def write() -> None:
        async with store.work.begin() as work:
            await work.notifications.add([make_notification()])

    for delay in range(10):
        tasks = [asyncio.create_task(write()) for _ in range(10)]
        await asyncio.sleep(delay / 1000)
        for task in tasks[::2]:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert not [error for error in outcomes if isinstance(error, Exception)]
    async with asyncio.timeout(5), store.work.begin() as work:
        assert await count(work) >= 50
