"""Renews one lock while it is held, and finds out that it is lost."""

import asyncio

from chassis.application.errors import Unavailable
from chassis.application.locks.lock import Lock
from chassis.application.locks.uninterrupted import uninterrupted
from chassis.application.ports.locks import Locks

# So many renewals fit into a lease.
RENEWALS = 5


async def keep(lock: Lock, locks: Locks) -> None:
    """Renew the lock until it is lost, and record that; it never ends while the lock is kept."""
    loop = asyncio.get_running_loop()
    while lock.is_held:
        await asyncio.sleep(min(locks.lease / RENEWALS, lock.until - loop.time()))
        asked = loop.time()
        try:
            async with asyncio.timeout_at(lock.until):
                is_held = await uninterrupted(locks.renew(lock.grant))
        except (Unavailable, TimeoutError):
            # The place of the locks may answer again before the lease ends.
            is_held, asked = locks.holds(lock.grant), lock.until - locks.lease
        if not is_held:
            break
        lock.extend(asked + locks.lease)
    lock.lose()
