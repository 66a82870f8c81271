"""An actor: one background task that works in steps."""

import asyncio
from abc import ABC, abstractmethod

from chassis.application.actors.supervisor import RESTARTS, RestartLimit, supervise
from chassis.application.ports.metrics import Histogram, Metrics

BATCH_SIZE = Histogram(
    "actor_batch_size",
    "Items that an actor handled in one step.",
    buckets=(1, 2, 5, 10, 20, 50, 100, 200, 500, 1000),
    labels=("actor",),
)


class Actor(ABC):
    """A loop that steps while there is work and rests otherwise, under a supervisor.

    `name` appears in logs and metrics. `workers` is the number of workers: so many steps may run at
    the same time. A worker rests after a step without work. `restart_limit` says how many failures
    the supervisor restarts; `None` is its default, eight within a minute.
    """

    workers = 1
    restart_limit: RestartLimit | None = None

    def __init__(self, name: str, metrics: Metrics) -> None:
        self.name = name
        self._metrics = metrics
        metrics.count(RESTARTS, name, amount=0)

    @abstractmethod
    async def step(self) -> bool:
        """Handle the waiting work, and return whether there was any; a stop waits for it.

        Raises `Unavailable` if a server is down; the same step is then retried later.
        """

    @abstractmethod
    async def rest(self) -> None:
        """Wait for work; a stop cuts it short."""

    async def run(self, stopping: asyncio.Event) -> None:
        """Work until `stopping` is set; raises `ActorFailed` after too many failures."""
        await supervise(self, self._metrics, stopping, self.workers, self.restart_limit)

    def _measure(self, size: int) -> None:
        """Record the size of a batch."""
        self._metrics.observe(BATCH_SIZE, size, self.name)
