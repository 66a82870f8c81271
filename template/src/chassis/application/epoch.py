"""The epoch of the database's history, as far as this process knows it."""

import asyncio
import logging

from chassis.application.actors.actor import Actor
from chassis.application.ports.metrics import Metrics
from chassis.application.ports.work import MachineryWork

log = logging.getLogger(__name__)

# Seconds between two reads of the database.
POLL = 2.0


class EpochMonitor(Actor):
    """Starts a new epoch if the database continues from an earlier state, in any role.

    The journal then assigns its positions a second time. The follower finds the new epoch in the
    journal itself; keys of the cache and of the rate limit carry it.
    """

    def __init__(self, work: MachineryWork, metrics: Metrics) -> None:
        super().__init__("epoch", metrics)
        self._work = work
        self.known: str | None = None

    async def current(self) -> str:
        """Return the epoch; the first call reads it. Raises `Unavailable`."""
        return self.known if self.known is not None else await self._look()

    async def step(self) -> bool:
        """Compare the database with its recorded state. Raises `Unavailable`."""
        await self._look()
        return False

    async def rest(self) -> None:
        """Wait for the next read."""
        await asyncio.sleep(POLL)

    async def _look(self) -> str:
        async with self._work.read() as work:
            is_continued = await work.journal.is_continued()
            found = await work.journal.epoch()
        if not is_continued:
            async with self._work.begin() as work:
                await work.journal.continue_epoch()
                found = await work.journal.epoch()
        if self.known not in (None, found):
            log.warning("the database has a new epoch", extra={"before": self.known, "now": found})
        self.known = found
        return found
