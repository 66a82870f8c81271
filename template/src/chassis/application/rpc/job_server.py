"""Remote jobs, as a worker sees them: requests, the handlers of a table, and replies."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from chassis.application.actors.actor import Actor
from chassis.application.bus import HandlerFactory
from chassis.application.context import new_context, use_context
from chassis.application.errors import OutcomeUnknown, Unavailable
from chassis.application.message import Message
from chassis.application.ports.metrics import Metrics
from chassis.application.ports.rpc import ReceivedCall, RpcServer
from chassis.application.ports.tracing import Tracing
from chassis.application.rpc.call_handling import TRANSPORT, CallHandling
from chassis.application.rpc.metrics import OUTCOMES, REQUESTS, RUNNING, SECONDS
from chassis.application.rpc.replies import encode_error

log = logging.getLogger(__name__)

# Requests whose callers have left before they came here.
LEFT = 10_000
UNKNOWN_JOB = "(unknown)"


class JobServer(Actor):
    """Has each request handled, and replies; the broker bounds how many run at once.

    `table` are the `remote_job_handlers` of the running containers; without any, it does nothing. A
    stop takes no more requests, and answers those that have come.
    """

    def __init__(
        self,
        server: RpcServer,
        table: Mapping[type[Message[Any]], HandlerFactory],
        size: int,
        metrics: Metrics,
        tracing: Tracing,
    ) -> None:
        super().__init__("job_server", metrics)
        self._server = server
        self._handling = CallHandling(table, size, tracing)
        self._received: Sequence[ReceivedCall] = ()
        self._running: dict[str, asyncio.Task[None]] = {}
        # In the order in which they left.
        self._left: dict[str, None] = {}
        metrics.watch(RUNNING, lambda: len(self._running))
        for job in self._handling.jobs:
            for outcome in OUTCOMES:
                metrics.count(REQUESTS, job, outcome, amount=0)

    async def step(self) -> bool:
        """Begin the received requests."""
        received, self._received = self._received, ()
        for call in received:
            self._begin(call)
        return bool(received)

    async def rest(self) -> None:
        """Wait for requests."""
        if not self._handling.jobs:
            await asyncio.Event().wait()
        await self._server.start(self._handling.jobs, self._cancel)
        self._received = await self._server.receive()

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until `stopping` is set, and answer what has come by then."""
        try:
            await super().run(stopping)
            await self.step()
            for call in await self._stopped():
                self._begin(call)
            while self._running:
                await asyncio.wait(self._running.values())
        finally:
            running = list(self._running.values())
            for task in running:
                task.cancel()
            await asyncio.gather(*running, return_exceptions=True)
            await self._server.close()

    async def _stopped(self) -> Sequence[ReceivedCall]:
        try:
            return await self._server.stop()
        except Unavailable:
            # The broker gives them to other workers.
            return ()

    def _begin(self, call: ReceivedCall) -> None:
        identity = call.request.id
        if identity in self._left:
            del self._left[identity]
            self._end(call, "cancelled", None)
            return
        if identity in self._running:
            # The broker delivers it again, because a connection was lost; it runs here already.
            self._server.reply(call, None)
            return
        self._running[identity] = asyncio.create_task(self._serve(call))

    def _cancel(self, identity: str) -> None:
        """Cancel a request whose caller has left, or remember that it has left."""
        self._left[identity] = None
        if (task := self._running.get(identity)) is not None:
            task.cancel()
        if len(self._left) > LEFT:
            del self._left[next(iter(self._left))]

    async def _serve(self, call: ReceivedCall) -> None:
        request = call.request
        began = monotonic()
        context = new_context(request.request_id, request.traceparent, transport=TRANSPORT)
        try:
            with use_context(context):
                self._end(call, *await self._handling.handle(call))
        except asyncio.CancelledError:
            if request.id in self._left:
                del self._left[request.id]
                self._end(call, "cancelled", None)
                return
            reason = f"the worker was stopped while it did {request.job}"
            self._end(call, "unknown", encode_error(OutcomeUnknown(reason)))
            raise
        finally:
            del self._running[request.id]
            if request.job in self._handling.jobs:
                self._metrics.observe(SECONDS, monotonic() - began, request.job)

    def _end(self, call: ReceivedCall, outcome: str, reply: bytes | None) -> None:
        self._server.reply(call, reply)
        job = call.request.job
        self._metrics.count(REQUESTS, job if job in self._handling.jobs else UNKNOWN_JOB, outcome)
        log.debug("remote job", extra={"job": job, "outcome": outcome})
