"""Answers one request: finds its method, calls it, and reports the result."""

import asyncio
from difflib import get_close_matches
from functools import partial
from time import perf_counter
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chassis.application.access.caller import ANONYMOUS
from chassis.application.budget import Share, keep_in, release
from chassis.application.bulkhead import Bulkhead
from chassis.application.context import CURRENT, Context, new_context, use_context
from chassis.application.errors import Busy
from chassis.interfaces.jsonrpc import errors as failures
from chassis.interfaces.jsonrpc import trace
from chassis.interfaces.jsonrpc.auth import AuthState
from chassis.interfaces.jsonrpc.batch import ANSWER_BYTES, ResponseBatch
from chassis.interfaces.jsonrpc.call import Call
from chassis.interfaces.jsonrpc.channel import Channel
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.errors import encode_failure, to_failure
from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.params import Meta, Params, decode_params
from chassis.interfaces.jsonrpc.refused import (
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    Identity,
    JsonRpcRefused,
    batch_too_large,
)
from chassis.interfaces.jsonrpc.request import Request
from chassis.interfaces.jsonrpc.session_context import SessionContext
from chassis.interfaces.jsonrpc.subscriptions import Subscriptions
from chassis.interfaces.serving.meter import Outcome

LONGEST_NAME = 64


class _Answered(Struct, frozen=True, kw_only=True, gc=False):
    jsonrpc: Literal["2.0"] = "2.0"
    id: Identity | UnsetType
    result: Any


_encode = msgspec.json.Encoder().encode


class Dispatcher:
    """Answers the requests of one session."""

    def __init__(
        self,
        session: SessionContext,
        endpoint: Endpoint,
        auth: AuthState,
        subscriptions: Subscriptions,
        channel: Channel,
    ) -> None:
        self._session = session
        self._methods = endpoint.methods
        self._tracing = endpoint.tracing
        self._transport = endpoint.transport
        self._meter = endpoint.meter
        self._request_log = endpoint.request_log
        self._auth = auth
        self._subscriptions = subscriptions
        self._channel = channel
        self._send = channel.send
        self._bulkhead = Bulkhead(endpoint.large_at_once)
        self._has_left = False

    async def answer(self, request: Request | Call, batch: ResponseBatch | None) -> None:
        """Execute the request, and send the answer, or add it to those of its batch."""
        started = perf_counter()
        identity = request.id
        code = 0
        span = method = None
        shares: list[Share] = []
        context: Context | None = None
        try:
            if isinstance(request, Request):
                method = self._find(request.method)
                params = decode_params(method.decoder, request.params)
            else:
                method, params = request.called, request.params
                if self._auth.caller is not ANONYMOUS:
                    self._check(method)
            context = self._context(params.meta)
            if self._tracing is not None:
                span, context = trace.begin(self._tracing, context, method.name, identity)
            CURRENT.set(context)
            if method.events is not None and identity is UNSET:
                reason = "is missing: without it the client cannot know the subscription"
                raise JsonRpcRefused(INVALID_REQUEST, "malformed", "id", reason)
            if method.is_large:
                result = await self._in_turn(method, params, batch, shares)
            else:
                result = await method.handle(self._session, params)
            answer = None if identity is UNSET else _encode(_Answered(id=identity, result=result))
            del result
        except Exception as error:
            if context is None:
                CURRENT.set(self._context(None))
            failure = to_failure(error)
            code = failure.code
            answer = None if identity is UNSET else encode_failure(identity, failure)
        finally:
            if span is not None:
                trace.end(span, code)
        if batch is not None:
            batch.done(answer)
        elif answer is not None:
            self._send(answer)
        if method is not None and method.events is not None:
            start = partial(self._subscriptions.start, asyncio.current_task())
            if batch is None:
                start()
            else:
                batch.after(start)
        name = request.method if isinstance(request, Request) else request.called.name
        self._observe(name, code, perf_counter() - started)
        if batch is not None and batch.is_sent:
            shares = batch.shares
        if shares:
            del answer
            await self._taken(shares)

    def lose(self) -> None:
        """The client has left: large answers that have not begun are not built."""
        self._has_left = True

    def refuse(
        self, error: Exception, identity: Identity | UnsetType, batch: ResponseBatch | None = None
    ) -> None:
        """Report an error before, or without, the call of a method."""
        with use_context(self._context(None)):
            failure = to_failure(error)
            answer = None if identity is UNSET else encode_failure(identity, failure)
            if batch is not None:
                batch.done(answer)
            elif answer is not None:
                self._send(answer)
            self._observe(None, failure.code, 0.0)

    async def _in_turn(
        self, method: Method[Any], params: Params, batch: ResponseBatch | None, shares: list[Share]
    ) -> Any:
        """Execute it once the client has read its earlier answers, if its batch has room."""
        if batch is None:
            return await self._once_taken(method, params, shares)
        # It is released before the answer is added, and passed on after that, without an `await` in
        # between.
        async with batch.turn:
            if batch.is_over:
                raise batch_too_large(ANSWER_BYTES)
            return await self._once_taken(method, params, batch.shares)

    async def _once_taken(self, method: Method[Any], params: Params, shares: list[Share]) -> Any:
        async with self._bulkhead.place():
            if self._channel.is_full:
                await self._channel.drain()
            if self._has_left:
                raise Busy("the client has left before its turn", failures.RETRY_AFTER)
            keep_in(shares)
            return await method.handle(self._session, params)

    async def _taken(self, shares: list[Share]) -> None:
        """Wait until the client has read the large answer: it is in memory until then."""
        if self._channel.is_full:
            await self._channel.drain()
        release(shares)

    def _find(self, name: str) -> Method[Any]:
        method = self._methods.get(name)
        self._check(method)
        if method is None:
            close = get_close_matches(name[:LONGEST_NAME], self._methods, n=1)
            hint = f"did you mean {close[0]}?" if close else "rpc.discover lists all"
            raise JsonRpcRefused(
                METHOD_NOT_FOUND, "not-found", "method", f"is not a method here; {hint}"
            )
        return method

    def _check(self, method: Method[Any] | None) -> None:
        """Raise `Unauthorized` if the caller must authenticate first."""
        if method is None or not method.open_to_all:
            self._auth.check()

    def _context(self, meta: Meta | None) -> Context:
        request_id, traceparent = (meta.request_id, meta.traceparent) if meta else (None, None)
        return new_context(
            request_id,
            traceparent,
            caller=self._auth.caller or ANONYMOUS,
            transport=self._transport,
            peer=self._session.address,
        )

    def _observe(self, method: str | None, code: int, seconds: float) -> None:
        if self._meter is not None:
            self._meter.request(_outcome(code), seconds)
        if self._request_log is not None:
            name = method and method[:LONGEST_NAME]
            self._request_log.write(self._transport, name, seconds, code=code)


def _outcome(code: int) -> Outcome:
    match code:
        case 0:
            return "ok"
        case failures.BUSY:
            return "busy"
        case failures.INTERNAL_ERROR:
            return "failed"
        case _:
            return "refused"
