"""How a worker handles one call: the message, its handler until the deadline, and the reply."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import msgspec

from chassis.application.actors.cancel_scope import is_cancelled
from chassis.application.bus import HandlerFactory
from chassis.application.context import new_context, use_context
from chassis.application.errors import (
    ApplicationError,
    DeadlineExceeded,
    NotServed,
    OutcomeUnknown,
    TooMany,
    Unavailable,
)
from chassis.application.message import Message
from chassis.application.ports.rpc import ReceivedCall, RpcRequest
from chassis.application.ports.tracing import Tracing
from chassis.application.rpc.replies import encode_error, encode_result
from chassis.application.tracing.span_scope import span_scope
from chassis.domain.errors import Invalid

log = logging.getLogger(__name__)

TRANSPORT = "rpc"

type Ended = tuple[str, bytes | None]


class CallHandling:
    """Turns each call into an outcome and a reply, by the handlers of `table`.

    An answer has at most `size` bytes. An unforeseen error is logged, and not shown to the caller.
    """

    def __init__(
        self, table: Mapping[type[Message[Any]], HandlerFactory], size: int, tracing: Tracing
    ) -> None:
        self.jobs = {kind.__name__: kind for kind in table}
        self._table = table
        self._size = size
        self._tracing = tracing
        self._decoders = {kind: msgspec.json.Decoder(kind) for kind in table}

    async def handle(self, call: ReceivedCall) -> Ended:
        """Return the outcome and the reply; raises nothing, unless it is cancelled."""
        request = call.request
        kind = self.jobs.get(request.job)
        if kind is None:
            return "refused", encode_error(NotServed(f"this worker has no job {request.job}"))
        if call.is_redelivered and not kind.is_idempotent:
            reason = f"the worker that had {request.job} has ended: it may have done it, or not"
            return "unknown", encode_error(OutcomeUnknown(reason))
        if not self._tracing.is_on:
            return await self._run(kind, request)
        span = self._tracing.start(
            request.job,
            "server",
            parent=request.traceparent,
            attributes={"rpc.method": request.job},
        )
        context = new_context(request.request_id, span.traceparent, transport=TRANSPORT)
        with use_context(context), span_scope([span]):
            outcome, reply = await self._run(kind, request)
            if outcome != "handled":
                span.fail(outcome)
        return outcome, reply

    async def _run(self, kind: type[Message[Any]], request: RpcRequest) -> Ended:
        try:
            message = self._decoders[kind].decode(request.body)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            return "refused", encode_error(Invalid(request.job, str(error)))
        deadline = asyncio.timeout(request.within)
        try:
            async with deadline:
                result = await self._table[kind]()(message)
        except (ApplicationError, Invalid) as error:
            if isinstance(error, Unavailable):
                log.warning("a server does not answer", extra={"reason": str(error)})
            return "refused", encode_error(error)
        except (Exception, asyncio.CancelledError) as error:
            if isinstance(error, TimeoutError) and deadline.expired():
                reason = f"{request.job} was not done within {request.within:g} s"
                return "expired", encode_error(DeadlineExceeded(reason))
            if isinstance(error, asyncio.CancelledError) and is_cancelled():
                raise
            log.exception("job failed", extra={"job": request.job})
            return "failed", encode_error(error)
        return self._encoded(request.job, result)

    def _encoded(self, job: str, result: Any) -> Ended:
        try:
            reply = encode_result(result)
        except (TypeError, ValueError) as error:
            log.exception("the answer of a job is not JSON", extra={"job": job})
            return "failed", encode_error(error)
        if len(reply) > self._size:
            text = f"an answer of {job} has at most {self._size} bytes, not {len(reply)}"
            return "refused", encode_error(TooMany(text))
        return "handled", reply
