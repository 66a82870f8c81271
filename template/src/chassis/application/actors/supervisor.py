"""The supervisor: restarts an actor that fails, waits during an outage, and gives up in the end."""

import asyncio
import logging
import random
from collections import deque
from typing import Protocol

from msgspec import Struct

from chassis.application.actors.cancel_scope import CancelScope
from chassis.application.errors import Unavailable
from chassis.application.ports.metrics import Counter, Metrics

log = logging.getLogger(__name__)

FIRST_DELAY = 0.1
# Seconds between two attempts during an outage, and before a restart, at most.
LONGEST_OUTAGE_DELAY = 5.0
LONGEST_RESTART_DELAY = 30.0
# More failures than this within so many seconds end the process.
MOST_RESTARTS = 8
WINDOW = 60.0

RESTARTS = Counter("actor_restarts", "Failed steps of an actor, outages excepted.", ("actor",))


class RestartLimit(Struct, frozen=True):
    """How many failures within how many seconds are restarted; one more ends the process."""

    most: int
    within: float = WINDOW


class Supervised(Protocol):
    """The part of an actor that a supervisor needs."""

    name: str

    async def step(self) -> bool:
        """Handle the waiting work, and return whether there was any."""
        ...

    async def rest(self) -> None:
        """Wait for work."""
        ...


class ActorFailed(Exception):
    """An actor failed again and again: the process cannot do its work, and must end."""


async def supervise(
    actor: Supervised,
    metrics: Metrics,
    stopping: asyncio.Event,
    workers: int = 1,
    limit: RestartLimit | None = None,
) -> None:
    """Run the steps of `actor` until `stopping` is set, with a rest after a step without work.

    After `Unavailable`, the next step comes after a delay that doubles up to 5 s, as long as the
    outage lasts. After any other error the actor has failed: the next step comes after a delay that
    doubles up to 30 s. Raises `ActorFailed` at one failure more than `limit` allows: by default, at
    the ninth within a minute.

    So many workers (`workers`) step and rest in parallel. Their failures count together. During an
    outage one of them retries, and the rest wait until it is over.
    """
    supervision = _Supervision(
        actor, metrics, stopping, limit or RestartLimit(MOST_RESTARTS, WINDOW)
    )
    tasks = [asyncio.create_task(supervision.run(worker)) for worker in range(workers)]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Supervision:
    """The state that the workers of one actor share."""

    def __init__(
        self, actor: Supervised, metrics: Metrics, stopping: asyncio.Event, limit: RestartLimit
    ) -> None:
        self._actor = actor
        self._metrics = metrics
        self._stopping = stopping
        self._limit = limit
        self._outage = _Outage(actor.name)
        self._failures: deque[float] = deque()
        self._restart_delay = FIRST_DELAY

    async def run(self, worker: int) -> None:
        """Step and rest, in turn."""
        outage = self._outage
        async with CancelScope(self._stopping) as scope:
            until_stopped = scope.until_stopped
            while not self._stopping.is_set():
                if outage.is_on and outage.is_left_to_another(worker):
                    await until_stopped(outage.over())
                    continue
                try:
                    if not await self._actor.step():
                        await until_stopped(self._actor.rest())
                except Unavailable as error:
                    if not outage.is_left_to_another(worker):
                        await until_stopped(asyncio.sleep(outage.go_on(worker, error)))
                except Exception as error:
                    await until_stopped(asyncio.sleep(self._fail(error)))
                else:
                    if outage.is_on and not outage.is_left_to_another(worker):
                        outage.end()
                    self._restart_delay = FIRST_DELAY

    def _fail(self, error: Exception) -> float:
        """Return the seconds until the restart; raises `ActorFailed` after too many failures."""
        name = self._actor.name
        self._metrics.count(RESTARTS, name)
        self._give_up_after(error)
        delay = self._restart_delay
        log.exception(
            "actor failed, restarting",
            extra={"actor": name, "error": str(error), "retry_in": delay},
        )
        self._restart_delay = min(2 * delay, LONGEST_RESTART_DELAY)
        return delay

    def _give_up_after(self, error: Exception) -> None:
        now = asyncio.get_running_loop().time()
        failures = self._failures
        failures.append(now)
        within = self._limit.within
        while failures[0] < now - within:
            failures.popleft()
        if len(failures) > self._limit.most:
            reason = f"{self._actor.name} failed {len(failures)} times within {within:g} s: {error}"
            raise ActorFailed(reason) from error


class _Outage:
    """The outage of one server: logged at its start, while its delay grows, and at its end."""

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._delay = FIRST_DELAY
        self.is_on = False
        self._since = 0.0
        self._worker: int | None = None
        self._over = asyncio.Event()

    def is_left_to_another(self, worker: int) -> bool:
        """Return whether another worker has met the outage first; that worker retries."""
        return self.is_on and self._worker != worker

    async def over(self) -> None:
        """Wait for the end of the outage."""
        await self._over.wait()

    def go_on(self, worker: int, error: Unavailable) -> float:
        """Return the seconds to wait, with jitter, so that replicas do not retry at once."""
        if not self.is_on:
            self.is_on = True
            self._since = asyncio.get_running_loop().time()
            self._worker = worker
            self._over.clear()
        delay = self._delay
        if delay < LONGEST_OUTAGE_DELAY:
            log.warning(
                "waiting for a server",
                extra={"actor": self._actor, "error": str(error), "retry_in": delay},
            )
        self._delay = min(2 * delay, LONGEST_OUTAGE_DELAY)
        return delay * random.uniform(0.8, 1.2)

    def end(self) -> None:
        """Log that the server is back."""
        seconds = round(asyncio.get_running_loop().time() - self._since, 1)
        log.info("working again", extra={"actor": self._actor, "after": seconds})
        self.is_on = False
        self._delay = FIRST_DELAY
        self._over.set()
