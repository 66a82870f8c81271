"""The relay: publishes the events of the outbox."""

import asyncio
import logging
from contextlib import suppress

from chassis.application.actors.actor import Actor
from chassis.application.actors.throttle import Throttle
from chassis.application.errors import Unavailable
from chassis.application.ports.metrics import Counter, Metrics
from chassis.application.ports.outbox_reader import WEIGHT, OutboxReader
from chassis.application.ports.publisher import Publisher
from chassis.application.ports.signal import Signal

log = logging.getLogger(__name__)

# While one batch waits for the broker's confirms, or for the database to delete it, another one is
# published. More workers make smaller batches, which cost more than they save.
WORKERS = 2
BATCH = 1000
# Seconds between two batches, at least: larger batches under load cost less for each event.
INTERVAL = 0.004
POLL = 1.0

PUBLISHED = Counter("events_published", "Events that the broker has confirmed.")
NACKED = Counter("events_nacked", "Events that the broker did not confirm, and that are retried.")


class Relay(Actor):
    """Claims the due events, publishes them, and deletes the confirmed ones.

    The number of its workers is at most `writers`, which is how many transactions may write at
    once.
    """

    def __init__(
        self,
        outbox: OutboxReader,
        publisher: Publisher,
        signal: Signal,
        metrics: Metrics,
        writers: int = WORKERS,
    ) -> None:
        super().__init__("relay", metrics)
        self.workers = min(WORKERS, writers)
        self._outbox = outbox
        self._publisher = publisher
        self._signal = signal
        self._throttle = Throttle(INTERVAL)
        for counter in (PUBLISHED, NACKED):
            metrics.count(counter, amount=0)

    async def step(self) -> bool:
        """Publish one batch; return whether the broker confirmed any of it."""
        await self._throttle.wait()
        async with self._outbox.claim(BATCH, weight=WEIGHT // self.workers) as claim:
            if not claim.envelopes:
                return False
            claim.confirmed = await self._publisher.publish(claim.envelopes)
            refused = len(claim.envelopes) - len(claim.confirmed)
        self._measure(len(claim.envelopes))
        self._metrics.count(PUBLISHED, amount=len(claim.confirmed))
        if refused:
            self._metrics.count(NACKED, amount=refused)
            log.warning("broker refused events, trying again later", extra={"count": refused})
        return bool(claim.confirmed)

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set, and release the events that are not claimed by then."""
        try:
            await super().run(stopping)
        finally:
            # If the database is down, their leases expire later.
            with suppress(Unavailable):
                await self._outbox.release()

    async def rest(self) -> None:
        """Wait for a registration, at most a second: refused events become due without one."""
        await self._signal.wait(POLL)
