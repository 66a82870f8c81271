"""The lock manager: holds locks for blocks of code, and renews them meanwhile."""

import asyncio
import logging
import math
import random
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager

from chassis.application.bulkhead import Bulkhead
from chassis.application.errors import RETRY_AFTER, LockHeld, LockLost
from chassis.application.locks.lock import Lock
from chassis.application.locks.lock_keeper import keep
from chassis.application.locks.lock_metrics import LockMetrics
from chassis.application.locks.lock_name import check_name
from chassis.application.locks.uninterrupted import uninterrupted
from chassis.application.ports.locks import Grant, Locks
from chassis.application.ports.metrics import Metrics

log = logging.getLogger(__name__)

# Seconds that a caller waits for a lock, unless it says otherwise.
WAIT = 5.0
# Seconds between two attempts to get a lock that another process holds: at first, and at most.
FIRST_POLL = 0.05
LONGEST_POLL = 0.5
# Callers of this process that may wait at the same time.
MOST_WAITING = 1000


class LockManager:
    """Gives each lock to one block of code at a time: in this process, and among processes.

    Callers of one process wait in the order of their calls; among processes there is no order.
    `scope` is a label of the metrics.
    """

    def __init__(self, locks: Locks, metrics: Metrics, scope: str = "shared") -> None:
        self._locks = locks
        self._metrics = LockMetrics(metrics, scope)
        self._queues = Bulkhead(1)
        self._waiting = 0

    @asynccontextmanager
    async def hold(
        self, name: str, *, wait: float = WAIT, cancel: bool = True
    ) -> AsyncIterator[Lock]:
        """Hold the lock inside the block, and renew it; waits for at most `wait` seconds.

        Raises `LockHeld` if it does not become free in time, and `Unavailable`. If the lock is lost
        meanwhile, the block is cancelled and `LockLost` is raised; with `cancel=False` the block
        asks `is_held`, or waits for `wait_lost`. Raises `ValueError` for a malformed name.
        """
        check_name(name)
        async with AsyncExitStack() as place:
            grant, until = await self._acquire(name, wait, place)
            try:
                with self._metrics.holding(name):
                    async with self._renewed(grant, until, cancel) as lock:
                        yield lock
            finally:
                await uninterrupted(self._locks.release(grant))

    @asynccontextmanager
    async def hold_all(
        self, names: Iterable[str], *, wait: float = WAIT, cancel: bool = True
    ) -> AsyncIterator[dict[str, Lock]]:
        """Hold several locks inside the block; `wait` and errors are as for `hold`.

        They are acquired in the order of their names, so that no two callers wait for each other,
        and released in the opposite order.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + wait
        async with AsyncExitStack() as stack:
            locks: dict[str, Lock] = {}
            for name in sorted(set(names)):
                one = self.hold(name, wait=max(0.0, end - loop.time()), cancel=cancel)
                locks[name] = await stack.enter_async_context(one)
            yield locks

    async def close(self) -> None:
        """Release all locks, and disconnect."""
        await self._locks.close()

    async def _acquire(self, name: str, wait: float, place: AsyncExitStack) -> tuple[Grant, float]:
        """Return the grant and the end of its lease; `place` then has the place in the queue."""
        with self._metrics.waiting(name):
            if self._waiting >= MOST_WAITING:
                raise LockHeld(f"{MOST_WAITING} callers wait for locks already", RETRY_AFTER)
            self._waiting += 1
            try:
                end = asyncio.get_running_loop().time() + wait
                async with asyncio.timeout_at(end):
                    await place.enter_async_context(self._queues.place(name))
                return await self._poll(name, end)
            except TimeoutError:
                reason = f"the lock {name} did not become free within {wait:g} s"
                raise LockHeld(reason, RETRY_AFTER) from None
            finally:
                self._waiting -= 1

    async def _poll(self, name: str, end: float) -> tuple[Grant, float]:
        """Try until the lock is free; raises `TimeoutError` after `end`."""
        loop = asyncio.get_running_loop()
        delay = FIRST_POLL
        while True:
            asked = loop.time()
            grant = await uninterrupted(self._locks.acquire(name), self._undo)
            if grant is not None:
                return grant, asked + self._locks.lease
            left = end - loop.time()
            if left <= 0:
                raise TimeoutError
            await asyncio.sleep(min(left, delay * random.uniform(0.5, 1.0)))
            delay = min(2 * delay, LONGEST_POLL)

    async def _undo(self, grant: Grant | None) -> None:
        if grant is not None:
            await self._locks.release(grant)

    @asynccontextmanager
    async def _renewed(self, grant: Grant, until: float, cancel: bool) -> AsyncIterator[Lock]:
        """Renew the lock inside the block; raises `LockLost` if it is cancelled by the loss."""
        deadline = asyncio.timeout_at(until if cancel and not math.isinf(until) else None)
        lock = Lock(grant, until, deadline if cancel else None)
        keeper = asyncio.create_task(keep(lock, self._locks)) if not math.isinf(until) else None
        try:
            async with deadline:
                yield lock
        except TimeoutError:
            if not deadline.expired():
                raise
        finally:
            lock.end()
            if keeper is not None:
                keeper.cancel()
            is_lost = not lock.is_held
            if is_lost:
                lock.lose()
                self._metrics.lost(grant.name)
                log.warning("lock lost", extra={"lock": grant.name, "token": grant.token})
        if cancel and is_lost:
            # Also if the block ended just before it was cancelled: another holder may have begun.
            raise LockLost(f"the lock {grant.name} was lost while it was held")
