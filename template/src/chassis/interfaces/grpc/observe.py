"""The wrapper of every call: its id, trace, caller, status after an error, and log line."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from contextvars import ContextVar
from functools import lru_cache
from time import perf_counter
from typing import Any
from urllib.parse import unquote

import msgspec
from grpc import StatusCode
from grpc.aio import AbortError, ServicerContext

from chassis.application.context import CURRENT, new_context
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Span, Tracing
from chassis.interfaces.grpc.calls import Calls
from chassis.interfaces.grpc.errors import code_of
from chassis.interfaces.grpc.failing import fail
from chassis.interfaces.grpc.trace import end_span, start_span
from chassis.interfaces.serving.meter import Meter, Outcome

log = logging.getLogger(__name__)

REQUEST_ID = "x-request-id"

_SCHEME = "bearer "
_BUSY = (StatusCode.UNAVAILABLE, StatusCode.RESOURCE_EXHAUSTED)

type Opened = Callable[[], Awaitable[None]]
type Context = ServicerContext[Any, Any]
type Metadata = Iterable[tuple[str, str | bytes]]
type Work[Answer] = Callable[[Context, Opened], Awaitable[Answer]]

# The metadata of the task's call: gRPC would read it again, each time.
METADATA: ContextVar[Metadata] = ContextVar("metadata", default=())


class GrpcObserver:
    """Takes `x-request-id`, `traceparent` and `authorization` from the metadata.

    The id is returned in the trailing metadata, and for a stream in its initial metadata, too.
    Separate initial metadata costs a unary call a quarter of its speed.
    """

    def __init__(
        self,
        calls: Calls,
        authenticator: Authenticator,
        tracing: Tracing,
        domain: str,
        meter: Meter | None = None,
        request_log: RequestLog | None = None,
    ) -> None:
        self._domain = domain
        self._calls = calls
        self._authenticator = authenticator
        self._tracing = tracing
        self._meter = meter
        self._request_log = request_log

    async def __call__[Answer](self, method: str, work: Work[Answer], call: Context) -> Answer:
        """Return the result of `work`, or end the call with the status for its error.

        A stream awaits what `work` gets next to the call before its first message.
        """
        started = perf_counter()
        sent = call.invocation_metadata() or ()
        METADATA.set(sent)
        request_id, traceparent, token = _read(sent)
        span = None
        if self._tracing.is_on:
            span = start_span(self._tracing, method, traceparent)
            traceparent = span.traceparent
        context = new_context(
            request_id, traceparent, transport="grpc", peer=address_of(call.peer())
        )
        # Never reset: a call has its own task.
        CURRENT.set(context)
        trailing = (REQUEST_ID, context.request_id)
        call.set_trailing_metadata((trailing,))
        code, has_entered, is_stream = StatusCode.OK, False, False

        async def opened() -> None:
            nonlocal is_stream
            is_stream = True
            await _open(call, trailing, span)

        try:
            self._calls.enter()
            has_entered = True
            if self._authenticator.is_on:
                caller = await self._authenticator.authenticate(token)
                CURRENT.set(msgspec.structs.replace(context, caller=caller))
            return await work(call, opened)
        except AbortError:
            code = StatusCode(call.code())
            raise
        except Exception as error:
            code, failure = code_of(error), error
            if code is StatusCode.INTERNAL:
                log.error("unforeseen error", exc_info=error)
        except BaseException:
            code = _code_of_end(call)
            raise
        finally:
            # Before the status is sent: a client that reads nothing would delay it.
            if has_entered:
                self._calls.leave()
            if span is not None:
                end_span(span, code)
            seconds = perf_counter() - started
            if self._meter is not None and not is_stream:
                self._meter.request(_outcome(code), seconds)
            if self._request_log is not None:
                self._request_log.write("grpc", method, seconds, code=code.name)
        return await fail(call, failure, self._domain, trailing)


async def _open(call: Context, metadata: tuple[str, str], span: Span | None) -> None:
    if span is not None:
        end_span(span, StatusCode.OK)
    await call.send_initial_metadata((metadata,))


@lru_cache(1024)
def address_of(peer: str) -> str:
    """Return the address in gRPC's name of a peer, such as `ipv4:127.0.0.1:50000`."""
    return place_of(peer)[0]


def place_of(peer: str) -> tuple[str, int]:
    """Return the address and the port; of a call that is over already, gRPC knows neither."""
    address, _, port = peer.partition(":")[2].rpartition(":")
    return unquote(address).strip("[]"), int(port or 0)


def _outcome(code: StatusCode) -> Outcome:
    if code is StatusCode.OK:
        return "ok"
    if code in _BUSY:
        return "busy"
    return "failed" if code is StatusCode.INTERNAL else "refused"


def _code_of_end(call: Context) -> StatusCode:
    # None, whatever its type says, if the caller has set no deadline.
    left: float | None = call.time_remaining()
    in_time = left is None or left > 0
    return StatusCode.CANCELLED if in_time else StatusCode.DEADLINE_EXCEEDED


def _read(sent: Metadata) -> tuple[str | None, str | None, str | None]:
    request_id = traceparent = token = None
    for name, value in sent:
        if name == REQUEST_ID:
            request_id = str(value)
        elif name == "traceparent":
            traceparent = str(value)
        elif name == "authorization" and str(value)[: len(_SCHEME)].lower() == _SCHEME:
            token = str(value)[len(_SCHEME) :].strip()
    return request_id, traceparent, token
