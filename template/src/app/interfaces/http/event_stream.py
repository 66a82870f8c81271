"""A response of server-sent events, written byte by byte (Litestar's own has no heartbeat)."""

import logging
from collections.abc import AsyncGenerator
from typing import Any

from litestar import Response
from litestar.response.base import ASGIResponse

from app.application.errors import ApplicationError
from app.interfaces.http.pump import pump
from app.interfaces.serving.abort import abort
from app.interfaces.serving.asgi import Receive, Scope, Send

log = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"

_START = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", MEDIA_TYPE.encode()),
        (b"cache-control", b"no-store"),
        # nginx would hold events back.
        (b"x-accel-buffering", b"no"),
    ],
}


class EventStream(Response[str]):
    """Sends each block as it comes; `blocks` is closed whatever happens."""

    def __init__(self, blocks: AsyncGenerator[bytes]) -> None:
        super().__init__("", media_type=MEDIA_TYPE)
        self._blocks = blocks

    def to_asgi_response(self, *args: Any, **kwargs: Any) -> ASGIResponse:
        """Return the ASGI application that sends the blocks."""
        return _Blocks(self._blocks)


class _Blocks(ASGIResponse):
    def __init__(self, blocks: AsyncGenerator[bytes]) -> None:
        super().__init__()
        self._blocks = blocks

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_block(block: bytes) -> None:
            await send({"type": "http.response.body", "body": block, "more_body": True})

        log.info("stream opened", extra={"over": "sse"})
        end = "failed"
        try:
            await send(dict(_START))
            end = await pump(self._blocks, send_block, _gone(receive))
        except ApplicationError as error:
            log.warning("stream failed", extra={"error": str(error)})
        except Exception:
            # The response has begun: all that is left is to end it.
            log.exception("stream failed")
        finally:
            log.info("stream closed", extra={"over": "sse", "end": end})
        if end == "stuck":
            if abort(scope):
                await _gone(receive)
        elif end != "left":
            await send({"type": "http.response.body", "body": b""})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
