"""The one interceptor: whatever the method, a call is read, observed and answered in one way."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import grpc

from app.interfaces.grpc import health
from app.interfaces.grpc.messages import read, read_one, write
from app.interfaces.grpc.observe import Context, Observe, Opened
from app.interfaces.grpc.refused import UnknownMethod
from app.interfaces.grpc.service import Handler
from app.interfaces.serving.limits import Limits

# Of a name that a caller has made up.
LONGEST = 200
OTHER = "_OTHER"

type Raw = AsyncIterator[bytes]


class Interceptor(grpc.aio.ServerInterceptor):
    """Lets nothing but health checks through unobserved: they say nothing, and are asked often.

    To gRPC every request is a stream: so even the first message can be waited for in bounded time,
    and what cannot be decoded gets a status of ours.
    """

    def __init__(self, observe: Observe, limits: Limits) -> None:
        self._observe = observe
        self._limits = limits
        self._handlers: dict[str, Handler] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Handler | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Handler:
        """Return what handles the call."""
        path = str(handler_call_details.method)
        known = self._handlers.get(path)
        if known is None:
            handler = await continuation(handler_call_details)
            if handler is None:
                return self._unknown(path)
            known = self._handlers[path] = self._known(path.lstrip("/"), handler)
        return known

    def _known(self, method: str, handler: Handler) -> Handler:
        if method.startswith(f"{health.SERVICE}/"):
            return handler
        if handler.response_streaming:
            return self._streaming(method, handler)
        return self._unary(method, handler)

    def _unary(self, method: str, handler: Handler) -> Handler:
        take = self._taken(handler)
        behaviour: Any = handler.stream_unary if handler.request_streaming else handler.unary_unary

        async def answer(raw: Raw, call: Context) -> Any:
            async def work(_: Opened) -> Any:
                return await behaviour(await take(raw), call)

            return await self._observe(method, call, work)

        return grpc.stream_unary_rpc_method_handler(
            answer, response_serializer=handler.response_serializer
        )

    def _streaming(self, method: str, handler: Handler) -> Handler:
        take = self._taken(handler)
        behaviour: Any = (
            handler.stream_stream if handler.request_streaming else handler.unary_stream
        )

        async def answer(raw: Raw, call: Context) -> None:
            async def work(opened: Opened) -> None:
                await write(behaviour(await take(raw), call), call, opened, self._limits)

            await self._observe(method, call, work)

        return grpc.stream_stream_rpc_method_handler(
            answer, response_serializer=handler.response_serializer
        )

    def _taken(self, handler: Handler) -> Callable[[Raw], Awaitable[Any]]:
        decode: Any = handler.request_deserializer

        async def take_all(raw: Raw) -> AsyncIterator[Any]:
            return read(raw, decode, self._limits)

        async def take_one(raw: Raw) -> Any:
            return await read_one(raw, decode, self._limits)

        return take_all if handler.request_streaming else take_one

    def _unknown(self, path: str) -> Handler:
        async def answer(raw: Raw, call: Context) -> None:
            async def work(_: Opened) -> None:
                raise UnknownMethod(f"there is no method {path[:LONGEST]}")

            await self._observe(OTHER, call, work)

        return grpc.stream_stream_rpc_method_handler(answer)
