"""The life of a running service: start, serve, drain, end."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

from chassis.application.actors.service import BackgroundService
from chassis.application.errors import Unavailable
from chassis.application.ports.subscription import Subscription
from chassis.bootstrap import gc_tuning
from chassis.bootstrap.signals import stop_signals
from chassis.bootstrap.system import System

log = logging.getLogger(__name__)

# Seconds that the start waits for the broker.
BINDING = 5.0


class Server(Protocol):
    """A transport, bound to a port."""

    name: str

    @property
    def url(self) -> str:
        """The URL that it listens on, for people and for `--via`."""
        ...

    async def start(self) -> None:
        """Bind and accept; raises an error whose text says what to do."""
        ...

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted requests, and end within `grace` seconds."""
        ...


class Grace:
    """The time that is left until the end; it starts with the first question."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._end: float | None = None

    def left(self) -> float:
        """Return the seconds left, at least 0."""
        now = time.monotonic()
        if self._end is None:
            self._end = now + self._seconds
        return max(0.0, self._end - now)


async def serve(system: System, servers: Sequence[Server], ops: Server) -> None:
    """Serve until SIGTERM or SIGINT, then drain within `SHUTDOWN_GRACE`; a second signal kills.

    Raises the errors of a server's start, after everything has been closed again.
    """
    grace = Grace(system.settings.shutdown_grace)
    with stop_signals() as stopping:
        # The ops port starts first and stops last, to report everything in between.
        await ops.start()
        system.listening[ops.name] = ops.url
        try:
            async with running(system, grace):
                await _serve(system, servers, stopping, grace)
        finally:
            await ops.stop(grace.left())
    log.info("stopped")


async def _serve(
    system: System, servers: Sequence[Server], stopping: asyncio.Event, grace: Grace
) -> None:
    started: list[Server] = []
    try:
        for server in servers:
            await server.start()
            started.append(server)
            system.listening[server.name] = server.url
        gc_tuning.freeze()
        system.readiness.phase = "serving"
        where = dict(sorted(system.listening.items()))
        log.info("serving", extra={"roles": list(system.roles), "servers": where})
        roles = ", ".join(sorted(system.roles))
        system.core.lifecycle().report("service-started", roles, " ".join(where.values()))
        await stopping.wait()
        log.info("draining", extra={"grace": system.settings.shutdown_grace})
    finally:
        system.drain()
        await asyncio.gather(*(server.stop(grace.left()) for server in started))


@asynccontextmanager
async def running(system: System, grace: Grace) -> AsyncIterator[None]:
    """Run the system's loops; at the end stop one after the other and close all connections.

    A loop that fails ends the block; its error is raised once the other loops have stopped. The
    block begins once the queue of a consumer is bound, or binding has failed.
    """
    try:
        system.prepare()
        async with asyncio.TaskGroup() as group:
            loops = [_Loop(service, group) for service in system.services]
            try:
                await _bind(system.subscriptions)
                yield
            finally:
                system.drain()
                for loop in loops:
                    await loop.stop(grace.left())
    except ExceptionGroup as errors:
        # A single failure is raised as itself, because the group around it adds nothing.
        if len(errors.exceptions) > 1:
            raise
        raise errors.exceptions[0] from None
    finally:
        await system.close()


async def _bind(subscriptions: Sequence[Subscription]) -> None:
    """Bind the queues before the servers accept, so that they get the first events.

    A broker outage does not delay the start: the consumer then binds its queue later.
    """
    for subscription in subscriptions:
        try:
            async with asyncio.timeout(BINDING):
                await subscription.declare()
        except (Unavailable, TimeoutError) as error:
            reason = str(error) or f"no answer within {BINDING:g} s"
            log.warning("the queue is not bound yet", extra={"error": reason})


class _Loop:
    def __init__(self, service: BackgroundService, group: asyncio.TaskGroup) -> None:
        self._stopping = asyncio.Event()
        self._name = type(service).__name__
        self._task = group.create_task(service.run(self._stopping), name=self._name)

    async def stop(self, grace: float) -> None:
        self._stopping.set()
        await asyncio.wait([self._task], timeout=grace)
        if self._task.cancel():
            log.warning("not finished in time", extra={"loop": self._name})
