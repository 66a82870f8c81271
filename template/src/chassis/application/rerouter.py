"""The rerouter: publishes unrouted messages again, until a queue takes them."""

import asyncio
import logging
import random
import time
from collections.abc import AsyncGenerator, Mapping

from chassis.application.actors.actor import Actor
from chassis.application.ports.metrics import Counter, Gauge, Metrics
from chassis.application.ports.unrouted import Rerouted, Unrouted
from chassis.application.unrouted_advice import listed

log = logging.getLogger(__name__)

BATCH = 500
# Seconds until the first round, when a consumer in this process has bound its queue, and between
# two rounds. The jitter spreads the replicas.
FIRST = 2.0
INTERVAL = 15.0
JITTER = 0.2

REROUTED = Counter(
    "messages_rerouted", "Messages of the unrouted queue that another queue has taken since."
)
WAITING = Gauge("unrouted_messages", "Messages that no queue took, at the last check.")


class Rerouter(Actor):
    """Makes a round every `INTERVAL`: each step publishes a batch of the unrouted messages again.

    It runs on every replica, because each one declares its own bindings and knows them first.
    """

    def __init__(self, unrouted: Unrouted, metrics: Metrics) -> None:
        super().__init__("rerouter", metrics)
        self._unrouted = unrouted
        self._round: AsyncGenerator[Rerouted] | None = None
        self._pause = FIRST
        self._is_due = False
        self._waiting = 0
        self._told: frozenset[str] = frozenset()
        metrics.count(REROUTED, amount=0)
        metrics.watch(WAITING, lambda: self._waiting)

    async def step(self) -> bool:
        """Publish a batch again; raises `Unavailable`, and then the next step begins a round."""
        began = time.monotonic()
        if not self._is_due:
            return False
        if self._round is None:
            self._waiting = await self._unrouted.count()
            if not self._waiting:
                self._told = frozenset()
                return False
            self._round = self._unrouted.route(BATCH)
        try:
            batch = await anext(self._round, None)
        except BaseException:
            self._round = None
            raise
        if batch is None:
            self._round = None
            return False
        self._measure(batch.tried)
        self._metrics.count(REROUTED, amount=batch.routed)
        self._waiting = max(0, self._waiting - batch.routed)
        self._tell(batch.unwanted)
        # A round may be long: new messages have the broker for half of the time.
        await asyncio.sleep(time.monotonic() - began)
        return True

    async def rest(self) -> None:
        """Wait for the next round."""
        await asyncio.sleep(self._pause * random.uniform(1 - JITTER, 1 + JITTER))
        self._pause = INTERVAL
        self._is_due = True

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set, then return the messages that it holds."""
        try:
            await super().run(stopping)
        finally:
            if self._round is not None:
                await self._round.aclose()

    def _tell(self, unwanted: Mapping[str, int]) -> None:
        """Log the messages that no queue takes, once for each missing binding."""
        if not unwanted.keys() <= self._told:
            self._told |= unwanted.keys()
            fields = {"bindings": listed(unwanted), "messages": self._waiting}
            log.warning("no queue takes these messages", extra=fields)
