"""Carries a stream's items to a client, and ends when either of them does."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any, Literal

from chassis.application.ports.stream import Stream

# Seconds after which a client that reads nothing is disconnected, while the buffers are full. The
# check is as rare, so the client may have twice the time.
SEND_TIMEOUT = 10.0

type End = Literal["ended", "left", "stuck"]


async def pump[Item, Part](
    items: Stream[Item],
    encode: Callable[[Item], Iterable[Part]],
    send: Callable[[Part], Awaitable[None]],
    left: Coroutine[Any, Any, None],
) -> End:
    """Send what `encode` makes of each item, part by part.

    Return whether the items ended, the client left, or it stopped reading. `left` returns once the
    client has gone. The items are closed in every case; their errors or those of `send` are raised
    here.
    """
    end: End | None = None
    sender = _Sender(items, encode, send)
    tasks = asyncio.ensure_future(sender.run()), asyncio.ensure_future(left)
    try:
        end = await _first(sender, *tasks)
    except OSError:
        # A server may raise it if the connection is lost (ASGI 2.4).
        end = "left"
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        items.close(end or "failed")
    return end


async def _first(
    sender: "_Sender[Any, Any]", sending: "asyncio.Task[None]", leaving: "asyncio.Task[None]"
) -> End:
    while True:
        under_way = sender.under_way
        done, _ = await asyncio.wait(
            (sending, leaving), timeout=SEND_TIMEOUT, return_when=asyncio.FIRST_COMPLETED
        )
        if sending in done:
            sending.result()
            return "ended"
        if leaving in done:
            return "left"
        if under_way is not None and under_way == sender.under_way:
            return "stuck"


class _Sender[Item, Part]:
    """Sends; `under_way` is the number of the part that the client has not taken yet, if any.

    Each part therefore costs one assignment; a timer for each would cost more than the sending.
    """

    def __init__(
        self,
        items: Stream[Item],
        encode: Callable[[Item], Iterable[Part]],
        send: Callable[[Part], Awaitable[None]],
    ) -> None:
        self.under_way: int | None = None
        self._items = items
        self._encode = encode
        self._send = send

    async def run(self) -> None:
        number = 0
        async for item in self._items:
            for part in self._encode(item):
                number += 1
                self.under_way = number
                await self._send(part)
                self.under_way = None
