"""An answer of JSON in few steps: Litestar's own takes a tenth of a POST's time."""

from collections.abc import Iterable
from typing import Any

import msgspec

from chassis.interfaces.serving.asgi import Receive, Scope, Send

_encoder = msgspec.json.Encoder()

# Bytes from which on the sending takes more than one turn of the loop.
LARGE = 65_536


class JSONAnswer:
    """An ASGI application that answers with `content`."""

    def __init__(
        self, status: int, content: Any, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        self._status = status
        self._body = _encoder.encode(content)
        self._headers = headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", b"%d" % len(self._body)),
            *self._headers,
        ]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        body = self._body
        if len(body) > LARGE:
            # The server waits for the client before it takes a part, not after it. With a further
            # part this returns once the client has read nearly all.
            await send({"type": "http.response.body", "body": body, "more_body": True})
            body = b""
        await send({"type": "http.response.body", "body": body})
