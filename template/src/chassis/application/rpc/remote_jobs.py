"""Remote jobs, as their callers see them: a question to a worker, and its answer."""

import asyncio
from functools import cache
from itertools import count
from time import monotonic
from typing import Any
from uuid import uuid4

import msgspec
from msgspec import UNSET, Struct, UnsetType, defstruct

from chassis.application.context import current_context
from chassis.application.errors import Busy, DeadlineExceeded, TooMany
from chassis.application.message import Message
from chassis.application.message_schema import result_of
from chassis.application.ports.metrics import Metrics
from chassis.application.ports.rpc import LONGEST, RpcClient, RpcRequest
from chassis.application.ports.tracing import Span, Tracing
from chassis.application.rpc.errors import JobFailed
from chassis.application.rpc.metrics import CALL_SECONDS, CALLS, IN_FLIGHT
from chassis.application.rpc.replies import ReplyError, raise_error, word_of
from chassis.application.tracing.span_scope import span_scope

DEADLINE = 5.0
RETRY_AFTER = 1


class RemoteJobs:
    """Sends each message to a worker that has its type in a table `remote_job_handlers`.

    At most `limit` calls are in flight. A request and an answer have at most `size` bytes as JSON.
    """

    def __init__(
        self, client: RpcClient, limit: int, size: int, metrics: Metrics, tracing: Tracing
    ) -> None:
        self._client = client
        self._limit = limit
        self._size = size
        self._metrics = metrics
        self._tracing = tracing
        self._in_flight = 0
        self._process = uuid4().hex
        self._numbers = count(1)
        metrics.watch(IN_FLIGHT, lambda: self._in_flight)

    async def ask[Answer](self, message: Message[Answer], within: float = DEADLINE) -> Answer:
        """Return the answer of the message's handler in a worker.

        The handler runs at most once; that of a message which `is_idempotent` runs again if its
        worker dies. Raises `DeadlineExceeded` after `within` seconds: a request that has not begun
        by then never does, and one that has is cancelled. Raises `NoWorker`, `Busy`, `Unavailable`
        and `TooMany` if nothing was begun, and `OutcomeUnknown` if the connection or the worker is
        lost. Raises `JobFailed` after an unforeseen error, and the handler's own errors. A call
        that is cancelled cancels its handler, best effort.
        """
        if not 0 < within <= LONGEST:
            raise ValueError(f"a deadline is above 0 and at most {LONGEST:g} seconds")
        job = type(message).__name__
        began = monotonic()
        outcome = "cancelled"
        try:
            answer = await self._ask(message, job, within)
            outcome = "answered"
        except Exception as error:
            outcome = word_of(error)
            raise
        finally:
            self._metrics.count(CALLS, job, outcome)
            self._metrics.observe(CALL_SECONDS, monotonic() - began, job)
        return answer

    async def _ask[Answer](self, message: Message[Answer], job: str, within: float) -> Answer:
        if self._in_flight >= self._limit:
            raise Busy("too many calls of remote jobs are in flight: try again", RETRY_AFTER)
        body = msgspec.json.encode(message)
        if len(body) > self._size:
            raise TooMany(f"a request for {job} has at most {self._size} bytes, not {len(body)}")
        self._in_flight += 1
        try:
            if not self._tracing.is_on:
                return await self._call(message, job, body, within, None)
            span = self._start(job)
            with span_scope([span]):
                return await self._call(message, job, body, within, span.traceparent)
        finally:
            self._in_flight -= 1

    async def _call[Answer](
        self, message: Message[Answer], job: str, body: bytes, within: float, parent: str | None
    ) -> Answer:
        context = current_context()
        request = RpcRequest(
            id=f"{self._process}-{next(self._numbers)}",
            job=job,
            body=body,
            within=within,
            request_id=context.request_id if context else None,
            traceparent=parent or (context.traceparent if context else None),
        )
        deadline = asyncio.timeout(within)
        try:
            async with deadline:
                reply = await self._client.call(request)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise DeadlineExceeded(f"no answer to {job} within {within:g} s") from None
        try:
            found = _decoder(type(message)).decode(reply)
        except msgspec.DecodeError as error:
            raise JobFailed(f"the answer of {job} is not what {job} says: {error}") from error
        if not isinstance(found.error, UnsetType):
            raise_error(found.error)
        answer: Answer = found.result
        return answer

    def _start(self, job: str) -> Span:
        context = current_context()
        return self._tracing.start(
            f"call {job}",
            "client",
            parent=context.traceparent if context else None,
            attributes={"rpc.method": job},
        )


@cache
def _decoder(kind: type[Message[Any]]) -> msgspec.json.Decoder[Any]:
    """Return the decoder of the replies to a message."""
    result = result_of(kind)
    fields: list[tuple[str, Any, Any]] = [
        ("result", UnsetType | result, UNSET),
        ("error", ReplyError | UnsetType, UNSET),
    ]
    return msgspec.json.Decoder(defstruct(f"{kind.__name__}Reply", fields, bases=(Struct,)))
