"""Requests on an HTTP/1.1 connection: the same ones are read, however their bytes are cut."""

import asyncio
from typing import Any

import uvicorn
from chassis.interfaces.serving.admission import Admission
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.upstream.protocol import HttpProtocol
from chassis.interfaces.serving.upstream.state import State
from chassis.interfaces.serving.upstream.websocket import WebSocketProtocol

from tools.fuzz.inside.loop import run, turns

__all__ = ["SEEDS", "WORDS", "check"]

_HOST = b" HTTP/1.1\r\nhost: here\r\n"
_FOO = b"connection: upgrade\r\nupgrade: foo\r\n"
_SOCKET = b"connection: upgrade\r\nupgrade: websocket\r\n"
_SHAKE = b"sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
_NEXT = b"GET /next" + _HOST + b"\r\n"
_LENGTH = b"content-length: %d\r\n\r\n" % len(_NEXT)
_CHUNKED = b"transfer-encoding: chunked\r\n\r\n"
_CHUNKS = b"3\r\nabc\r\n0\r\nx: y\r\n\r\n"


def _cut(head: bytes, body: bytes) -> bytes:
    """Return an input whose first piece is the head."""
    return bytes((len(head) - 1,)) + head + body + _NEXT


# The first byte is how many come at a time, less one.
SEEDS = [
    b"\x00GET /a" + _HOST + b"\r\n" + _NEXT,
    _cut(b"POST /a" + _HOST + _LENGTH, _NEXT),
    _cut(b"POST /a" + _HOST + _FOO + _LENGTH, _NEXT),
    _cut(b"POST /a" + _HOST + _FOO + _CHUNKED, _CHUNKS),
    _cut(b"POST /a" + _HOST + _SOCKET + _SHAKE + _LENGTH, _NEXT),
    _cut(b"GET /a" + _HOST + _SOCKET + _SHAKE + b"\r\n", b""),
    _cut(b"CONNECT a:1" + _HOST + _LENGTH, _NEXT),
    _cut(b"POST /a HTTP/1.0\r\n" + _FOO + _LENGTH, _NEXT),
    _cut(b"PRI * HTTP/2.0\r\n\r\n", b"SM\r\n\r\n"),
]
WORDS = [
    *(_FOO, _SOCKET, _SHAKE, _NEXT, _LENGTH, _CHUNKED, _CHUNKS, b"\r\n\r\n", b"0\r\n\r\n"),
    *(b"connection: close\r\n", b"upgrade: h2c\r\n", b"expect: 100-continue\r\n", b"CONNECT "),
]
LIMITS = Limits()


class Transport(asyncio.Transport):
    """Keeps what is written, until it is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self._has_ended = False
        self._is_closing = False
        self._protocol: asyncio.BaseProtocol | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if not self._is_closing:
            assert not self._has_ended, "it writes after its end"
            self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self._has_ended = True

    def get_write_buffer_size(self) -> int:
        return 0

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> Any:
        return self._protocol

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self._is_closing

    def close(self) -> None:
        self._is_closing = True

    abort = close


def check(data: bytes) -> None:
    """Reading at once and reading in pieces must give the same requests."""
    if len(data) > 1:
        size, whole = data[0] + 1, data[1:]
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        at_once, in_pieces = run(_read([whole])), run(_read(pieces))
        assert at_once == in_pieces, (at_once, in_pieces)


async def _read(pieces: list[bytes]) -> list[tuple[str, str, bytes]]:
    """Return the method, path and body of each whole request that is read."""
    found: list[tuple[str, str, bytes]] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message["body"]
            if not message["more_body"]:
                found.append((scope["method"], scope["path"], body))
                await send({"type": "http.response.start", "status": 204, "headers": []})
                await send({"type": "http.response.body"})
                return

    config = uvicorn.Config(
        app, ws=WebSocketProtocol, ws_per_message_deflate=False, log_config=None, access_log=False
    )
    state = State(Admission(LIMITS), lambda _: None)
    protocol: Any = HttpProtocol(config, state, {})
    transport = Transport()
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    for piece in pieces:
        if transport.is_closing():
            break
        transport.get_protocol().data_received(piece)
        await turns()
    await turns()
    transport.close()
    transport.get_protocol().connection_lost(None)
    await turns()
    assert not state.tasks, "a request is still under way"
    assert transport.written.count(b"connection: close") < 2, "it says twice that it ends"
    return found
