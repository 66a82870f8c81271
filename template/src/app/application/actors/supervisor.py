"""The supervisor: restarts an actor that fails, waits out an outage, and gives up in the open."""

import asyncio
import logging
import random
from collections import deque
from typing import Protocol

from app.application.actors.stopping import Interruption
from app.application.errors import Unavailable
from app.application.ports.metrics import Counter, Metrics

log = logging.getLogger(__name__)

FIRST_DELAY = 0.1
# Seconds: an outage is looked at so often, and a restart waits no longer than that.
LONGEST_OUTAGE_DELAY = 5.0
LONGEST_RESTART_DELAY = 30.0
# An actor that fails more often than so many times in so many seconds ends the process.
MOST_RESTARTS = 8
WINDOW = 60.0

RESTARTS = Counter("actor_restarts", "Failed steps of an actor that were no outage.", ("actor",))


class Supervised(Protocol):
    """What a supervisor looks after."""

    name: str

    async def step(self) -> bool:
        """Handle what is there, and return whether there was anything."""
        ...

    async def rest(self) -> None:
        """Wait for work."""
        ...


class ActorFailed(Exception):
    """An actor failed again and again: the process cannot do its work, and has to end."""


async def supervise(actor: Supervised, metrics: Metrics, stopping: asyncio.Event) -> None:
    """Let `actor` step until `stopping` is set, and rest where a step found nothing to do.

    Where either raises `Unavailable`, the next step comes after a delay that doubles up to 5 s, for
    as long as the outage lasts. Where either raises anything else, the actor has failed: the next
    step comes after a delay that doubles up to 30 s. Raises `ActorFailed` at the ninth failure
    within a minute.
    """
    outage = _Outage(actor.name)
    failures: deque[float] = deque()
    restart_delay = FIRST_DELAY
    async with Interruption(stopping) as interruption:
        until_stopped = interruption.until_stopped
        while not stopping.is_set():
            try:
                if not await actor.step():
                    await until_stopped(actor.rest())
            except Unavailable as error:
                await until_stopped(asyncio.sleep(outage.go_on(error)))
                continue
            except Exception as error:
                metrics.count(RESTARTS, actor.name)
                _give_up_after(failures, actor.name, error)
                log.exception(
                    "actor failed, restarting",
                    extra={"actor": actor.name, "error": str(error), "retry_in": restart_delay},
                )
                await until_stopped(asyncio.sleep(restart_delay))
                restart_delay = min(2 * restart_delay, LONGEST_RESTART_DELAY)
                continue
            outage.end()
            restart_delay = FIRST_DELAY


def _give_up_after(failures: deque[float], name: str, error: Exception) -> None:
    now = asyncio.get_running_loop().time()
    failures.append(now)
    while failures[0] < now - WINDOW:
        failures.popleft()
    if len(failures) > MOST_RESTARTS:
        reason = f"{name} failed {len(failures)} times within {WINDOW:g} s: {error}"
        raise ActorFailed(reason) from error


class _Outage:
    """One server's absence: told at its start, while its delay grows, and at its end."""

    def __init__(self, actor: str) -> None:
        self._actor = actor
        self._delay = FIRST_DELAY
        self._since: float | None = None

    def go_on(self, error: Unavailable) -> float:
        """Return how long to wait; replicas drift apart, so that they do not come back at once."""
        if self._since is None:
            self._since = asyncio.get_running_loop().time()
        delay = self._delay
        if delay < LONGEST_OUTAGE_DELAY:
            log.warning(
                "waiting for a server",
                extra={"actor": self._actor, "error": str(error), "retry_in": delay},
            )
        self._delay = min(2 * delay, LONGEST_OUTAGE_DELAY)
        return delay * random.uniform(0.8, 1.2)

    def end(self) -> None:
        """Tell that the server is back, if it was away."""
        if self._since is not None:
            seconds = round(asyncio.get_running_loop().time() - self._since, 1)
            log.info("working again", extra={"actor": self._actor, "after": seconds})
            self._since = None
            self._delay = FIRST_DELAY
