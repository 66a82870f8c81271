"""The messages of a call: each is awaited for a bounded time, on its way in and on its way out."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from typing import Any

from google.protobuf.message import DecodeError

from app.interfaces.grpc.observe import Context, Opened
from app.interfaces.grpc.refused import Refused, TooSlow
from app.interfaces.serving.limits import Limits

REQUEST = "request"

type Decode = Callable[[bytes], Any]


async def read_one(raw: AsyncIterator[bytes], decode: Decode, limits: Limits) -> Any:
    """Return the request; raises `Refused` where there is none, or `TooSlow`."""
    message = await _next(aiter(raw), limits.request_timeout)
    if message is None:
        raise Refused(REQUEST, "is missing: the call ended without a message")
    return _decoded(message, decode)


async def read(raw: AsyncIterator[bytes], decode: Decode, limits: Limits) -> AsyncIterator[Any]:
    """Yield the requests as they come; raises `Refused` or `TooSlow`."""
    messages = aiter(raw)
    patience = limits.request_timeout
    while (message := await _next(messages, patience)) is not None:
        yield _decoded(message, decode)
        patience = limits.idle_timeout


async def write(
    messages: AsyncGenerator[Any], call: Context, opened: Opened, limits: Limits
) -> None:
    """Send what comes, and close `messages` whatever happens.

    A client that does not take a message in time has `TooSlow` raised inside of them.
    """
    is_open = False
    async with aclosing(messages):
        async for message in messages:
            if not is_open:
                await opened()
                is_open = True
            try:
                async with asyncio.timeout(limits.send_timeout):
                    await call.write(message)
            except TimeoutError:
                await messages.athrow(TooSlow("the client reads nothing"))


async def _next(raw: AsyncIterator[bytes], patience: float) -> bytes | None:
    try:
        async with asyncio.timeout(patience):
            return await anext(raw, None)
    except TimeoutError:
        raise TooSlow(f"no message came for {patience:g} seconds") from None


def _decoded(message: bytes, decode: Decode) -> Any:
    try:
        return decode(message)
    except DecodeError:
        raise Refused(REQUEST, "is not the protobuf message of this method") from None
