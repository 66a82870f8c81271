import asyncio

import pytest

from chassis.application.errors import LockHeld, LockLost, Unavailable
from chassis.application.locks import lock_manager
from chassis.application.locks.lock_manager import LockManager
from chassis.infrastructure.memory.locks import MemoryLocks
from tests.chassis.unit.application.locks.leased_locks import LeasedLocks
from tests.chassis.unit.virtual_time import in_virtual_time
from tests.unit.support import RecordingMetrics


@pytest.fixture
def locks() -> LeasedLocks:
    return LeasedLocks()


@pytest.fixture
def manager(locks: LeasedLocks, metrics: RecordingMetrics) -> LockManager:
    return LockManager(locks, metrics)


async def test_a_lock_is_held_inside_the_block_and_released_after_it(
    manager: LockManager, locks: LeasedLocks, metrics: RecordingMetrics
) -> None:
    async with manager.hold("invoices") as lock:
        assert lock.is_held
        assert lock.grant.name == "invoices"
        assert locks.holds(lock.grant)
        assert metrics.gauges["locks_held:shared:invoices"] == 1

    assert not locks.holds(lock.grant)
    assert metrics.gauges["locks_held:shared:invoices"] == 0


async def test_it_is_released_after_an_error_too(manager: LockManager, locks: LeasedLocks) -> None:
    with pytest.raises(ZeroDivisionError):
        async with manager.hold("invoices"):
            raise ZeroDivisionError

    assert locks.released == ["invoices"]


@in_virtual_time
async def test_it_is_renewed_for_longer_than_its_lease(
    manager: LockManager, locks: LeasedLocks
) -> None:
    async with manager.hold("invoices") as lock:
        await asyncio.sleep(3 * locks.lease)
        assert lock.is_held
    assert locks.renewed >= 3


async def test_callers_of_one_process_get_it_in_the_order_of_their_calls(
    manager: LockManager,
) -> None:
    order = []

    async def work(number: int) -> None:
        async with manager.hold("invoices"):
            order.append(number)
            await asyncio.sleep(0)

    await asyncio.gather(*(work(number) for number in range(20)))

    assert order == list(range(20))


@pytest.mark.parametrize("wait", (0.0, 0.05))
async def test_whoever_waits_too_long_is_refused(
    manager: LockManager, wait: float, metrics: RecordingMetrics
) -> None:
    async with manager.hold("order:1"):
        with pytest.raises(LockHeld, match="order:1 did not become free") as refused:
            async with manager.hold("order:1", wait=wait):
                pytest.fail("two hold it")
        async with manager.hold("order:2", wait=0):
            pass

    assert refused.value.retry_after > 0
    assert metrics.counters["lock_timeouts:shared:order"] == 1


@in_virtual_time
async def test_a_lock_of_another_process_is_asked_for_again_and_again(
    manager: LockManager, locks: LeasedLocks
) -> None:
    other = await locks.acquire("invoices")
    assert other is not None
    asyncio.get_running_loop().call_later(0.1, locks._held.clear)

    async with manager.hold("invoices", wait=5) as lock:
        assert lock.grant.token > other.token

    other = await locks.acquire("invoices")
    with pytest.raises(LockHeld):
        async with manager.hold("invoices", wait=0.1):
            pytest.fail("two hold it")


@in_virtual_time
async def test_a_holder_that_loses_the_lock_is_cancelled_and_told(
    manager: LockManager, locks: LeasedLocks, metrics: RecordingMetrics
) -> None:
    is_cancelled = False
    with pytest.raises(LockLost, match="invoices was lost"):
        async with manager.hold("invoices"):
            await locks.take_away("invoices")
            try:
                await asyncio.sleep(100)
            except asyncio.CancelledError:
                is_cancelled = True
                raise

    assert is_cancelled
    assert metrics.counters["locks_lost:shared:invoices"] == 1
    # The task itself goes on.
    await asyncio.sleep(0)


@in_virtual_time
async def test_a_holder_that_does_not_want_to_be_cancelled_is_told(
    manager: LockManager, locks: LeasedLocks, metrics: RecordingMetrics
) -> None:
    async with manager.hold("invoices", cancel=False) as lock:
        await locks.take_away("invoices")
        async with asyncio.timeout(5):
            await lock.wait_lost()
        assert not lock.is_held
    assert metrics.counters["locks_lost:shared:invoices"] == 1


@in_virtual_time
async def test_without_an_answer_it_is_held_to_the_end_of_the_lease(
    manager: LockManager, locks: LeasedLocks
) -> None:
    with pytest.raises(LockLost):
        async with manager.hold("invoices") as lock:
            locks.is_available = False
            # Between the failed renewals.
            await asyncio.sleep(locks.lease / 2)
            assert lock.is_held
            await asyncio.sleep(100)


@in_virtual_time
async def test_a_place_that_answers_again_in_time_keeps_the_lock(
    manager: LockManager, locks: LeasedLocks
) -> None:
    async with manager.hold("invoices") as lock:
        for _ in range(4):
            locks.is_available = False
            await asyncio.sleep(locks.lease / 3)
            locks.is_available = True
            await asyncio.sleep(locks.lease / 2)
        assert lock.is_held


async def test_a_block_that_ends_after_its_lease_does_not_pass_for_done(
    manager: LockManager, locks: LeasedLocks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(LockLost):
        async with manager.hold("invoices") as lock:
            # As after a freeze: the loop has not run, and the clock has.
            lock.until = asyncio.get_running_loop().time() - 1


async def test_a_place_that_is_away_is_an_outage(manager: LockManager, locks: LeasedLocks) -> None:
    locks.is_available = False
    with pytest.raises(Unavailable):
        async with manager.hold("invoices"):
            pytest.fail("it is held")


async def test_a_caller_that_is_cancelled_while_it_acquires_leaves_the_lock_free(
    manager: LockManager, locks: LeasedLocks
) -> None:
    async def work() -> None:
        async with manager.hold("invoices"):
            pytest.fail("it was cancelled before")

    locks.delay = 0.05
    working = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    async with manager.hold("invoices", wait=5):
        pass


async def test_several_are_acquired_in_one_order_and_released_in_the_other(
    manager: LockManager, locks: LeasedLocks
) -> None:
    async with manager.hold_all(["b", "c", "a", "b"]) as held:
        assert list(held) == ["a", "b", "c"]
        tokens = [lock.grant.token for lock in held.values()]
        assert tokens == sorted(tokens)

    assert locks.released == ["c", "b", "a"]


async def test_two_callers_of_several_locks_never_block_each_other(manager: LockManager) -> None:
    async def work(*names: str) -> None:
        for _ in range(50):
            async with manager.hold_all(names, wait=5):
                await asyncio.sleep(0)

    await asyncio.gather(work("a", "b"), work("b", "a"), work("b", "c", "a"))


async def test_of_several_one_that_is_held_releases_the_others(
    manager: LockManager, locks: LeasedLocks
) -> None:
    await locks.acquire("b")
    with pytest.raises(LockHeld):
        async with manager.hold_all(["a", "b"], wait=0):
            pytest.fail("b is held")
    assert locks.released == ["a"]


async def test_the_callers_that_wait_are_bounded(
    manager: LockManager, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_manager, "MOST_WAITING", 2)

    async def work() -> None:
        async with manager.hold("invoices", wait=5):
            pass

    async with manager.hold("invoices"):
        waiting = [asyncio.create_task(work()) for _ in range(2)]
        await asyncio.sleep(0.01)
        with pytest.raises(LockHeld, match="2 callers wait"):
            await work()
    await asyncio.gather(*waiting)


@pytest.mark.parametrize(
    "name", ("", "Invoices", "a b", "order:", "x" * 65, "a:b\n", "leader:" + "x" * 101)
)
async def test_a_malformed_name_is_refused(manager: LockManager, name: str) -> None:
    with pytest.raises(ValueError, match="write it as"):
        async with manager.hold(name):
            pytest.fail("it has no such name")


async def test_local_locks_have_no_lease(metrics: RecordingMetrics) -> None:
    manager = LockManager(MemoryLocks(), metrics, "local")
    before = len(asyncio.all_tasks())
    async with manager.hold("invoices") as lock:
        assert lock.is_held
        assert len(asyncio.all_tasks()) == before
    assert metrics.gauges["locks_held:local:invoices"] == 0


async def test_an_error_of_time_inside_the_block_is_its_own(manager: LockManager) -> None:
    with pytest.raises(TimeoutError):
        async with manager.hold("invoices"):
            async with asyncio.timeout(0.01):
                await asyncio.sleep(1)
