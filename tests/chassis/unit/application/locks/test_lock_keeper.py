"""When a lock is renewed, and until when it then is held."""

import asyncio

from chassis.application.locks.lock import Lock
from chassis.application.locks.lock_keeper import keep
from chassis.application.ports.locks import Grant
from tests.chassis.unit.application.locks.leased_locks import LeasedLocks
from tests.chassis.unit.virtual_time import in_virtual_time


class SlowLocks(LeasedLocks):
    """A renewal takes so many seconds; notes when each one began."""

    def __init__(self, seconds: float) -> None:
        super().__init__(lease=5.0)
        self.seconds = seconds
        self.asked: list[float] = []

    async def renew(self, grant: Grant) -> bool:
        self.asked.append(asyncio.get_running_loop().time())
        await asyncio.sleep(self.seconds)
        return await super().renew(grant)


async def kept(locks: LeasedLocks) -> tuple[Lock, asyncio.Task[None]]:
    """Take a lock, and keep it."""
    grant = await locks.acquire("invoices")
    assert grant is not None
    lock = Lock(grant, asyncio.get_running_loop().time() + locks.lease, None)
    return lock, asyncio.create_task(keep(lock, locks))


@in_virtual_time
async def test_a_lease_has_five_renewals_and_each_counts_from_its_request() -> None:
    locks = SlowLocks(0.25)
    lock, keeper = await kept(locks)
    await asyncio.sleep(4)

    assert locks.asked == [1.0, 2.25, 3.5]
    assert lock.until == 3.5 + 5
    keeper.cancel()


@in_virtual_time
async def test_a_renewal_that_never_ends_costs_the_lock_at_the_end_of_its_lease() -> None:
    locks = SlowLocks(1000)
    lock, keeper = await kept(locks)
    await asyncio.sleep(4.9)
    assert (lock.is_held, keeper.done()) == (True, False)
    await asyncio.sleep(0.2)

    assert (lock.is_held, keeper.done()) == (False, True)
    await lock.wait_lost()


@in_virtual_time
async def test_an_outage_does_not_extend_a_lease() -> None:
    locks = SlowLocks(0)
    lock, keeper = await kept(locks)
    await asyncio.sleep(1.5)
    assert lock.until == 6
    locks.is_available = False
    await asyncio.sleep(4)
    assert (lock.until, lock.is_held) == (6, True)
    await asyncio.sleep(0.6)

    assert not lock.is_held
    assert keeper.done()


@in_virtual_time
async def test_the_holder_is_told_at_the_very_end_of_its_lease() -> None:
    locks = SlowLocks(0.1)
    lock, keeper = await kept(locks)
    await asyncio.sleep(1.5)
    assert lock.until == 6
    locks.is_available = False

    async with asyncio.timeout_at(6.05):
        await lock.wait_lost()

    assert asyncio.get_running_loop().time() >= 6
    await keeper


@in_virtual_time
async def test_a_lock_that_is_lost_during_an_outage_is_lost_at_once() -> None:
    locks = SlowLocks(0)
    lock, _ = await kept(locks)
    locks.is_available = False
    await locks.take_away("invoices")
    await asyncio.sleep(0.9)
    assert lock.is_held
    await asyncio.sleep(0.2)

    assert not lock.is_held
