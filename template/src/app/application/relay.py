"""The relay: drains the outbox into the broker."""

import asyncio
import logging

from app.application.loop import run_loop
from app.application.ports.metrics import Metrics
from app.application.ports.pending import Pending
from app.application.ports.publisher import Publisher
from app.application.ports.wake import Wake

log = logging.getLogger(__name__)

BATCH = 500
POLL = 1.0


class Relay:
    """Claims what is due, publishes it, and lets go only of what the broker has confirmed."""

    def __init__(
        self, pending: Pending, publisher: Publisher, wake: Wake, metrics: Metrics
    ) -> None:
        self._pending = pending
        self._publisher = publisher
        self._wake = wake
        self._metrics = metrics

    async def run(self, stopping: asyncio.Event) -> None:
        """Drain until `stopping` is set; woken by registrations, and by a poll once a second."""
        await run_loop("relay", self.drain, lambda: self._wake.wait(POLL), stopping)

    async def drain(self) -> bool:
        """Publish one batch; return whether the broker took any of it."""
        async with self._pending.claim(BATCH) as claim:
            if not claim.envelopes:
                return False
            claim.confirmed |= await self._publisher.publish(claim.envelopes)
            refused = len(claim.envelopes) - len(claim.confirmed)
        self._metrics.count("events_published", len(claim.confirmed))
        if refused:
            self._metrics.count("events_refused", refused)
            log.warning("broker refused events, trying again later", extra={"count": refused})
        return bool(claim.confirmed)
