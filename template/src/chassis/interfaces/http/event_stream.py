"""A response of server-sent events, written byte by byte (Litestar's own has no heartbeat)."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from litestar import Response
from litestar.response.base import ASGIResponse

from chassis.application.errors import ApplicationError
from chassis.application.ports.stream import Stream
from chassis.interfaces.http.pump import pump
from chassis.interfaces.serving.abort import abort
from chassis.interfaces.serving.asgi import Receive, Scope, Send

log = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
# Blocks that are ready together are sent together, up to so many bytes.
PART = 65_536

_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"cache-control", b"no-store"),
        # nginx would buffer the events.
        (b"x-accel-buffering", b"no"),
    ],
}


class EventStream(Response[str]):
    """Sends a `block` for each item as it comes; `items` are closed in every case."""

    def __init__(self, items: Stream[Sequence[Any]], block: Callable[[Any], bytes]) -> None:
        super().__init__("", media_type=MEDIA_TYPE)
        self._items = items
        self._block = block

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> ASGIResponse:
        """Return the ASGI application that sends the blocks."""
        return _Blocks(self._items, self._block)


class _Blocks(ASGIResponse):
    def __init__(self, items: Stream[Sequence[Any]], block: Callable[[Any], bytes]) -> None:
        super().__init__()
        self._items = items
        self._block = block

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        def parts(items: Sequence[Any]) -> Iterable[bytes]:
            if len(items) == 1:
                return (self._block(items[0]),)
            return _joined(self._block(item) for item in items)

        async def send_part(part: bytes) -> None:
            await send({"type": "http.response.body", "body": part, "more_body": True})

        log.info("stream opened", extra={"over": "sse"})
        end = "failed"
        try:
            await send(dict(_START))
            end = await pump(self._items, parts, send_part, _gone(receive))
        except ApplicationError as error:
            log.warning("stream failed", extra={"error": str(error)})
        except Exception:
            # The response has begun, and can only be ended.
            log.exception("stream failed")
        finally:
            self._items.close(end)
            log.info("stream closed", extra={"over": "sse", "end": end})
        if end == "stuck":
            if abort(scope):
                await _gone(receive)
        elif end != "left":
            await send({"type": "http.response.body", "body": b""})


def _joined(blocks: Iterable[bytes]) -> Iterator[bytes]:
    part: list[bytes] = []
    size = 0
    for block in blocks:
        if part and size + len(block) > PART:
            yield b"".join(part)
            part, size = [], 0
        part.append(block)
        size += len(block)
    yield b"".join(part)


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
