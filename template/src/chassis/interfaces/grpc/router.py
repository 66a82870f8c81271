"""The handlers of calls by path; all methods in the same way."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from typing import Any, cast

import grpc
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message_factory import GetMessageClass

from chassis.application.budget import until_sent
from chassis.application.bulkhead import Bulkhead
from chassis.interfaces.grpc.messages import Encode, read, read_one, write
from chassis.interfaces.grpc.observe import Context, GrpcObserver, Opened, Work
from chassis.interfaces.grpc.refused import UnknownMethod
from chassis.interfaces.grpc.service import Handler
from chassis.interfaces.grpc.shared_timeout import SharedTimeout
from chassis.interfaces.grpc.unread import Unread
from chassis.interfaces.serving.limits import Limits

# Characters of a name that a caller has sent.
LONGEST = 200
OTHER = "_OTHER"
# Seconds. gRPC reports a lost connection call by call: the waiting calls must be cancelled before
# they get the places of running ones.
PAUSE = 0.1

type Raw = AsyncIterator[bytes]
# Such as an `GrpcObserver`: it gets the name, the work and the call.
type Around = Callable[[str, Work[Any], Context], Awaitable[Any]]


class Router(grpc.GenericRpcHandler):
    """Every call is observed, its messages have time limits, and a wrong path gets an answer.

    Answers are encoded here, so that `unread` knows how large they are.

    To gRPC every request is a stream. Even the first message then has a time limit, and a request
    that cannot be decoded gets our status. An interceptor could do the same, but takes a tenth of a
    call's time.
    """

    def __init__(self, observe: GrpcObserver, limits: Limits, unread: Unread) -> None:
        self._observe = observe
        self._unread = unread
        self._limits = limits
        self._timeout = SharedTimeout(limits.request_timeout)
        self._bulkhead = Bulkhead(limits.large_at_once, pause=PAUSE)
        self._handlers: dict[str, Handler] = {}

    def add(
        self,
        descriptor: ServiceDescriptor,
        servicer: object,
        large: Collection[str] = (),
        *,
        around: Around | None = None,
    ) -> None:
        """Route the calls of a service to the methods of the same name; other names are unknown.

        `around` replaces the observer.
        """
        for method in descriptor.methods:
            behaviour = getattr(servicer, method.name, None)
            if behaviour is None:
                continue
            handle = self._streaming if method.server_streaming else self._unary
            if method.name in large:
                handle = self._large
            name = f"{descriptor.full_name}/{method.name}"
            self._handlers[f"/{name}"] = handle(name, method, behaviour, around or self._observe)

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Handler:
        """Return the handler of the call."""
        path = str(handler_call_details.method)
        return self._handlers.get(path) or self._unknown(path)

    def _unary(
        self, name: str, method: MethodDescriptor, behaviour: Any, around: Around
    ) -> Handler:
        take, encode = self._taking(method), _encoding(method)

        async def work(call: Context, _: Opened) -> bytes:
            return encode(await behaviour(await take(call), call))

        async def answer(_: Raw, call: Context) -> bytes:
            return self._unread.last(call, await around(name, work, call))

        return grpc.stream_unary_rpc_method_handler(answer)

    def _large(
        self, name: str, method: MethodDescriptor, behaviour: Any, around: Around
    ) -> Handler:
        """Return a handler with one answer, which holds a place of its connection until then.

        To gRPC it is a stream, because only a stream's message can be awaited while it is sent.
        """
        take, encode = self._taking(method), _encoding(method)

        async def work(call: Context, _: Opened) -> None:
            request = await take(call)
            async with self._bulkhead.place(call.peer()):
                with until_sent():
                    message = encode(await behaviour(request, call))
                    await self._unread.send(call, message, is_only=True)

        async def answer(_: Raw, call: Context) -> None:
            await around(name, work, call)

        return grpc.stream_stream_rpc_method_handler(answer)

    def _streaming(
        self, name: str, method: MethodDescriptor, behaviour: Any, around: Around
    ) -> Handler:
        take, encode = self._taking(method), _encoding(method)

        async def work(call: Context, opened: Opened) -> None:
            messages = behaviour(await take(call), call)
            await write(messages, call, opened, encode, self._unread)

        async def answer(_: Raw, call: Context) -> None:
            await around(name, work, call)

        return grpc.stream_stream_rpc_method_handler(answer)

    def _taking(self, method: MethodDescriptor) -> Callable[[Context], Any]:
        decode = GetMessageClass(method.input_type).FromString

        async def take_all(call: Context) -> AsyncIterator[Any]:
            return read(call, decode, self._limits)

        async def take_one(call: Context) -> Any:
            return await read_one(call, decode, self._timeout)

        return take_all if method.client_streaming else take_one

    def _unknown(self, path: str) -> Handler:
        async def work(call: Context, _: Opened) -> None:
            raise UnknownMethod(f"there is no method {path[:LONGEST]}")

        async def answer(_: Raw, call: Context) -> None:
            await self._observe(OTHER, work, call)

        return grpc.stream_stream_rpc_method_handler(answer)


def _encoding(method: MethodDescriptor) -> Encode:
    return cast(Encode, GetMessageClass(method.output_type).SerializeToString)
