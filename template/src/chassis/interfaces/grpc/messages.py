"""The messages of a call: each has a time limit, in both directions."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from google.protobuf.message import DecodeError
from grpc.aio import EOF

from chassis.interfaces.grpc.observe import Context, Opened
from chassis.interfaces.grpc.refused import GrpcRefused, TooSlow
from chassis.interfaces.grpc.shared_timeout import SharedTimeout
from chassis.interfaces.grpc.unread import Unread
from chassis.interfaces.serving.limits import Limits

REQUEST = "request"

type Decode = Callable[[bytes], Any]
type Encode = Callable[[Any], bytes]


async def read_one(call: Context, decode: Decode, timeout: SharedTimeout) -> Any:
    """Return the request; raises `GrpcRefused` if there is none, or `TooSlow`."""
    try:
        message: Any = await timeout.limit(call.read())
    except TimeoutError:
        raise _too_slow(timeout.seconds) from None
    if message is EOF:
        raise GrpcRefused(REQUEST, "is missing: the call ended without a message")
    return _decoded(message, decode)


async def read(call: Context, decode: Decode, limits: Limits) -> AsyncIterator[Any]:
    """Yield the requests as they come; raises `GrpcRefused` or `TooSlow`."""
    timeout = limits.request_timeout
    while (message := await _next(call, timeout)) is not None:
        yield _decoded(message, decode)
        timeout = limits.idle_timeout


async def write(
    messages: AsyncGenerator[Any], call: Context, opened: Opened, encode: Encode, unread: Unread
) -> None:
    """Send the messages as they come, and close `messages` in every case.

    If a client does not take a message in time, `TooSlow` is raised inside of them.
    """
    is_open = False
    async with aclosing(messages):
        async for message in messages:
            if not is_open:
                await opened()
                is_open = True
            try:
                await unread.send(call, encode(message))
            except TooSlow as error:
                await messages.athrow(error)


async def _next(call: Context, timeout: float) -> bytes | None:
    # Not gRPC's iterator: to close it takes longer than to read from it.
    try:
        async with asyncio.timeout(timeout):
            message: Any = await call.read()
    except TimeoutError:
        raise _too_slow(timeout) from None
    return None if message is EOF else message


def _too_slow(seconds: float) -> TooSlow:
    return TooSlow(f"no message came for {seconds:g} seconds")


def _decoded(message: bytes, decode: Decode) -> Any:
    try:
        return decode(message)
    except DecodeError:
        raise GrpcRefused(REQUEST, "is not the protobuf message of this method") from None
