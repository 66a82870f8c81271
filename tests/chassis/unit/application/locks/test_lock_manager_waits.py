"""How long callers wait for a lock, how often they ask, and what they are told."""

import asyncio
import math
import random

import pytest

from chassis.application.errors import LockHeld, LockLost
from chassis.application.locks import lock_manager
from chassis.application.locks.lock_manager import LockManager
from chassis.application.ports.locks import Grant
from tests.chassis.unit.application.locks.leased_locks import LeasedLocks
from tests.chassis.unit.virtual_time import in_virtual_time
from tests.unit.support import RecordingMetrics, lines


class AskedLocks(LeasedLocks):
    """Notes when it was asked for a lock, and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []
        self.is_closed = False

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        self.asked.append(round(asyncio.get_running_loop().time(), 3))
        return await super().acquire(name, above)

    async def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def locks() -> AskedLocks:
    return AskedLocks()


@pytest.fixture
def manager(locks: AskedLocks, metrics: RecordingMetrics) -> LockManager:
    return LockManager(locks, metrics)


async def refusal(manager: LockManager, *names: str, **options: float) -> LockHeld:
    with pytest.raises(LockHeld) as refused:
        # Options of any type.
        async with manager.hold_all(names, **options):  # type: ignore[arg-type]
            pytest.fail("two hold it")
    return refused.value


@pytest.mark.parametrize(
    ("drawn", "asked"),
    (
        (max, [0, 0.05, 0.15, 0.35, 0.75, 1.25, 1.75, 2.0]),
        (min, [0, 0.025, 0.075, 0.175, 0.375, 0.625, 0.875, 1.125, 1.375, 1.625, 1.875, 2.0]),
    ),
)
@in_virtual_time
async def test_another_process_is_asked_after_a_delay_that_grows_to_half_a_second(
    manager: LockManager,
    locks: AskedLocks,
    monkeypatch: pytest.MonkeyPatch,
    drawn: type,
    asked: list[float],
) -> None:
    monkeypatch.setattr(random, "uniform", lambda *ends: drawn(ends))
    await locks.acquire("invoices")
    locks.asked.clear()

    refused = await refusal(manager, "invoices", wait=2)

    assert str(refused) == "the lock invoices did not become free within 2 s"
    assert refused.retry_after == 1
    assert locks.asked == asked


@in_virtual_time
async def test_a_caller_waits_for_five_seconds_unless_it_says_otherwise(
    manager: LockManager,
) -> None:
    loop = asyncio.get_running_loop()
    async with manager.hold("invoices"):
        began = loop.time()
        with pytest.raises(LockHeld, match="within 5 s"):
            async with manager.hold("invoices"):
                pytest.fail("two hold it")
        assert loop.time() - began == pytest.approx(5)
        await refusal(manager, "invoices")
        assert loop.time() - began == pytest.approx(10)


@in_virtual_time
async def test_several_locks_have_one_wait_together(manager: LockManager) -> None:
    loop = asyncio.get_running_loop()

    async def hold(name: str, seconds: float) -> None:
        async with manager.hold(name):
            await asyncio.sleep(seconds)

    holders = [asyncio.create_task(hold(*each)) for each in (("a", 2.0), ("b", 60.0))]
    await asyncio.sleep(0)
    began = loop.time()
    await refusal(manager, "a", "b", wait=3)

    assert loop.time() - began == pytest.approx(3)
    for holder in holders:
        holder.cancel()


@in_virtual_time
async def test_the_lease_begins_when_the_manager_asked(
    manager: LockManager, locks: AskedLocks
) -> None:
    locks.delay = 2
    locks.lease = 3
    began = asyncio.get_running_loop().time()
    async with manager.hold("invoices", cancel=False) as lock:
        assert lock.until == pytest.approx(began + 3)


@in_virtual_time
async def test_a_block_may_take_much_longer_than_the_lease(
    manager: LockManager, locks: AskedLocks
) -> None:
    loop, ended = asyncio.get_running_loop(), 0.0
    began = loop.time()
    async with manager.hold("invoices"):
        await asyncio.sleep(10 * locks.lease)
        ended = loop.time()

    assert ended - began == pytest.approx(50)


@in_virtual_time
async def test_a_loss_is_logged_with_the_token(
    manager: LockManager, locks: AskedLocks, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(LockLost, match=r"^the lock invoices was lost while it was held$"):
        async with manager.hold("invoices"):
            await locks.take_away("invoices")
            await asyncio.sleep(100)

    [line] = lines(caplog, "lock lost")
    assert (line["lock"], line["token"]) == ("invoices", 1)


@in_virtual_time
async def test_one_of_several_that_must_not_be_cancelled_is_only_told(
    manager: LockManager, locks: AskedLocks
) -> None:
    async with manager.hold_all(["a", "b"], cancel=False) as held:
        await locks.take_away("a")
        await held["a"].wait_lost()
        await asyncio.sleep(10)
        assert (held["a"].is_held, held["b"].is_held) == (False, True)


@in_virtual_time
async def test_one_of_several_that_is_lost_cancels_the_block(
    manager: LockManager, locks: AskedLocks
) -> None:
    with pytest.raises(LockLost, match="the lock a was lost"):
        async with manager.hold_all(["a", "b"]):
            await locks.take_away("a")
            await asyncio.sleep(100)


@in_virtual_time
async def test_a_place_in_the_queue_is_free_again_however_its_wait_ended(
    manager: LockManager, metrics: RecordingMetrics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock_manager, "MOST_WAITING", 1)
    async with manager.hold("invoices"):
        for _ in range(3):
            assert "did not become free" in str(await refusal(manager, "invoices", wait=0.1))
    async with manager.hold("invoices"):
        pass
    monkeypatch.setattr(lock_manager, "MOST_WAITING", 0)

    refused = await refusal(manager, "invoices")

    assert str(refused) == "0 callers wait for locks already"
    assert refused.retry_after == 1
    assert metrics.counters["lock_timeouts:shared:invoices"] == 4


async def test_a_lock_without_a_lease_is_held_for_ever(
    manager: LockManager, locks: AskedLocks
) -> None:
    locks.lease = math.inf
    async with manager.hold("invoices") as lock:
        assert lock.until == math.inf
    assert locks.renewed == 0


async def test_closing_closes_the_place_of_the_locks(
    manager: LockManager, locks: AskedLocks
) -> None:
    await manager.close()

    assert locks.is_closed
