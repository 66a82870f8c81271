"""Carries a stream's items to a client, and ends when either of them does."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from contextlib import aclosing
from typing import Any, Literal

# A client that reads nothing for so long, while the buffers are full, is cut off.
SEND_TIMEOUT = 10.0

type End = Literal["ended", "left", "stuck"]


class _Stuck(Exception):
    pass


async def pump[Item](
    items: AsyncGenerator[Item],
    send: Callable[[Item], Awaitable[None]],
    left: Coroutine[Any, Any, None],
) -> End:
    """Send each item; return whether the items ended, the client left, or it stopped reading.

    `left` returns once the client has gone. The items are closed in every case; what they or
    `send` raise is raised here.
    """
    async with aclosing(items):
        sending = asyncio.ensure_future(_send_all(items, send))
        leaving = asyncio.ensure_future(left)
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
            if not sending.done():
                return "left"
            sending.result()
        except _Stuck:
            return "stuck"
        except OSError:
            # A server may raise it where the connection is gone (ASGI 2.4).
            return "left"
        finally:
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
    return "ended"


async def _send_all[Item](
    items: AsyncGenerator[Item], send: Callable[[Item], Awaitable[None]]
) -> None:
    async for item in items:
        try:
            async with asyncio.timeout(SEND_TIMEOUT):
                await send(item)
        except TimeoutError:
            raise _Stuck from None
