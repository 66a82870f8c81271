"""Streams over a WebSocket: which pages may open one, and how it ends."""

import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from litestar import WebSocket

from chassis.application.errors import ApplicationError, Busy, Unavailable
from chassis.application.ports.stream import Stream
from chassis.domain.errors import Invalid
from chassis.interfaces.http.origin import is_allowed
from chassis.interfaces.http.pump import End, pump
from chassis.interfaces.serving.abort import abort
from chassis.interfaces.serving.asgi import Receive
from chassis.interfaces.serving.refused import HttpRefused
from chassis.interfaces.serving.told import told

log = logging.getLogger(__name__)

REFUSED = 1008
FAILED = 1011
TRY_AGAIN = 1013

# A control frame holds 125 bytes, two of them the code (RFC 6455, 5.5).
_LONGEST_REASON = 123


class Closed(NamedTuple):
    """Ends a stream, with a close code of RFC 6455 and a reason."""

    code: int
    reason: str


async def stream_over_socket[Item](
    socket: WebSocket[Any, Any, Any],
    subscribe: Callable[[], Awaitable[Stream[Sequence[Item]]]],
    frame: Callable[[Item], str | Closed],
) -> None:
    """Send a text frame for each item that `subscribe` gives, until `frame` returns `Closed`.

    A page of a foreign origin is refused in the handshake. An error of `subscribe` becomes a close
    code and a reason, which a browser can see only once the socket is open.
    """
    if not is_allowed(socket.scope):
        await _forbid(socket)
        return
    await socket.accept()
    try:
        items = await subscribe()
    except (ApplicationError, Invalid, HttpRefused) as error:
        again = isinstance(error, Busy | Unavailable)
        reason = told(error) if isinstance(error, ApplicationError) else str(error)
        await _close(socket, Closed(TRY_AGAIN if again else REFUSED, reason))
        return
    log.info("stream opened", extra={"over": "websocket"})
    end, closed = await _pump(socket, items, frame)
    log.info("stream closed", extra={"over": "websocket", "end": end})
    if end == "stuck":
        abort(socket.scope)
    elif end == "ended":
        await _close(socket, closed)


async def _pump[Item](
    socket: WebSocket[Any, Any, Any],
    items: Stream[Sequence[Item]],
    frame: Callable[[Item], str | Closed],
) -> tuple[End, Closed]:
    closed = Closed(FAILED, "the stream ended")

    def frames(ready: Sequence[Item]) -> list[str | Closed]:
        return [frame(item) for item in ready]

    async def send(sent: str | Closed) -> None:
        nonlocal closed
        if isinstance(sent, Closed):
            closed = sent
        else:
            await socket.send({"type": "websocket.send", "bytes": None, "text": sent})

    try:
        return await pump(items, frames, send, _gone(socket.receive)), closed
    except ApplicationError as error:
        log.warning("stream failed", extra={"error": str(error)})
        return "ended", Closed(TRY_AGAIN, error.told)
    except Exception:
        log.exception("stream failed")
        return "ended", closed


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def _close(socket: WebSocket[Any, Any, Any], closed: Closed) -> None:
    reason = closed.reason.encode()[:_LONGEST_REASON].decode(errors="ignore")
    try:
        await socket.close(closed.code, reason)
    except OSError:
        log.debug("the client left first")


async def _forbid(socket: WebSocket[Any, Any, Any]) -> None:
    await socket.receive()
    await socket.close(REFUSED, "foreign origin")
