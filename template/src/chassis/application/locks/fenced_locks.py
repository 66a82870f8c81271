"""Locks of another server, on behalf of a database: it knows the newest token of each lock."""

import logging
from contextlib import suppress

from msgspec.structs import replace

from chassis.application.epoch import EpochMonitor
from chassis.application.errors import Unavailable
from chassis.application.ports.fences import Fences
from chassis.application.ports.locks import Grant, Locks

log = logging.getLogger(__name__)


class FencedLocks:
    """The `Locks` of one database; a grant is given out once the database knows its token.

    The other server may forget its locks and its last token. Then it grants a lock twice: the
    database refuses the older grant, and asks for a token above its own. Names carry the epoch, so
    that databases can share the server.
    """

    def __init__(self, locks: Locks, fences: Fences, epoch: EpochMonitor) -> None:
        self._locks = locks
        self._fences = fences
        self._epoch = epoch
        # The grants of the other server, which have longer names.
        self._inner: dict[Grant, Grant] = {}

    @property
    def lease(self) -> float:
        """That of the other server."""
        return self._locks.lease

    async def acquire(self, name: str, above: int = 0) -> Grant | None:
        """Take the lock, and record its token in the database; raises `Unavailable`."""
        full = f"{await self._epoch.current()}:{name}"
        inner = await self._locks.acquire(full, above)
        if inner is None:
            return None
        grant = replace(inner, name=name)
        try:
            newest = await self._fences.record(grant)
        except BaseException:
            await self._locks.release(inner)
            raise
        if newest is None:
            self._inner[grant] = inner
            return grant
        await self._locks.release(inner)
        if above:
            # Another process has it meanwhile: its token is newer still.
            return None
        log.warning(
            "the server of the locks has lost its last token",
            extra={"lock": name, "token": grant.token, "newest": newest},
        )
        return await self.acquire(name, newest)

    async def renew(self, grant: Grant) -> bool:
        """Renew it, unless the database has another epoch now; raises `Unavailable`."""
        inner = self._inner.get(grant)
        if inner is None:
            return False
        # Without a query: the monitor reads it every two seconds.
        is_same = inner.name == f"{self._epoch.known}:{grant.name}"
        if is_same and await self._locks.renew(inner):
            return True
        await self.release(grant)
        return False

    def holds(self, grant: Grant) -> bool:
        """Return whether it is held, as far as this process knows."""
        inner = self._inner.get(grant)
        return inner is not None and self._locks.holds(inner)

    async def release(self, grant: Grant) -> None:
        """Refuse the grant in the database, then release the lock."""
        inner = self._inner.pop(grant, None)
        if inner is not None:
            with suppress(Unavailable):
                await self._fences.forget(grant)
            await self._locks.release(inner)

    async def close(self) -> None:
        """Release all locks, and disconnect."""
        for grant in list(self._inner):
            await self.release(grant)
        await self._locks.close()
