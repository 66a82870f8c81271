"""Handshakes of WebSockets: each gets an answer, and none stays open without one."""

import asyncio
from typing import Any

import pytest

from chassis.interfaces.serving.meter import Meter
from tests.chassis.unit.interfaces.serving.raw import exchange, serving
from tests.unit.support import RecordingMetrics

HANDSHAKE = (
    b"GET /s HTTP/1.1\r\nHost: here\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)
# A close frame with a mask of zeros.
CLOSE = b"\x88\x80\0\0\0\0"

REFUSED = {
    "a long line": (b"431", HANDSHAKE + b"X: " + b"y" * 9000 + b"\r\n\r\n"),
    "many headers": (b"431", HANDSHAKE + b"X: y\r\n" * 200 + b"\r\n"),
    "a long target": (b"414", HANDSHAKE.replace(b"/s", b"/" + b"s" * 9000) + b"\r\n"),
    "another version": (b"400", HANDSHAKE.replace(b"13", b"8") + b"\r\n"),
    "no key": (b"400", HANDSHAKE.replace(b"Sec-WebSocket-Key", b"No-Key") + b"\r\n"),
    "a bad key": (b"400", HANDSHAKE.replace(b"==", b"") + b"\r\n"),
    "a name of its own": (b"400", HANDSHAKE + b"X: \xff\x00y\r\n\r\n"),
    "a frame before the answer": (b"400", HANDSHAKE + b"\r\n" + CLOSE),
}


# Frames that break a rule, and the code that they get (RFC 6455, 7.4.1).
BROKEN = {
    "unmasked": (b"\x03\xea", b"\x81\x01a"),
    "no UTF-8": (b"\x03\xef", b"\x81\x81\0\0\0\0\xff"),
    "no UTF-8 in parts": (b"\x03\xef", b"\x01\x81\0\0\0\0\xc3\x80\x81\0\0\0\0a"),
    "a huge length": (b"\x03\xf1", b"\x82\xff\0\0\0\0\x7f\xff\xff\xff\0\0\0\0"),
}


@pytest.mark.parametrize("shape", BROKEN)
async def test_who_breaks_a_rule_has_left(shape: str, caplog: pytest.LogCaptureFixture) -> None:
    code, frames = BROKEN[shape]
    ended = asyncio.get_running_loop().create_future()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})
        while (await receive())["type"] != "websocket.disconnect":
            pass
        try:
            await send({"type": "websocket.send", "text": "the next item"})
        except Exception as error:
            ended.set_result(error)

    async with serving(stream) as port:
        answer = await exchange(port, [HANDSHAKE + b"\r\n", frames])
        error = await asyncio.wait_for(ended, 10)

    assert code in answer
    assert isinstance(error, OSError)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


@pytest.mark.parametrize("shape", REFUSED)
async def test_what_is_no_handshake_is_refused(shape: str) -> None:
    status, request = REFUSED[shape]
    async with serving() as port:
        answer = await exchange(port, [request])

    assert answer.startswith(b"HTTP/1.1 " + status + b" ")


async def test_a_handshake_is_answered() -> None:
    async with serving() as port:
        answer = await exchange(port, [HANDSHAKE + b"\r\n", CLOSE])

    assert answer.startswith(b"HTTP/1.1 101 ")


async def undecided(scope: Any, receive: Any, send: Any) -> None:
    assert scope["type"] == "websocket"
    while (await receive())["type"] != "websocket.disconnect":
        pass


async def test_a_handshake_that_stays_open_is_refused() -> None:
    metrics = RecordingMetrics()
    async with serving(undecided, Meter(metrics, "http"), handshake_timeout=0.1) as port:
        answer = await exchange(port, [HANDSHAKE + b"\r\n"])

    assert answer.startswith(b"HTTP/1.1 503 ")
    assert metrics.counters["connections_refused:http:handshake"] == 1


async def test_frames_before_the_answer_end_the_handshake() -> None:
    async with serving(undecided) as port:
        answer = await exchange(port, [HANDSHAKE + b"\r\n", CLOSE])

    assert answer.startswith(b"HTTP/1.1 400 ")


async def test_an_open_socket_outlives_the_time_for_handshakes() -> None:
    async with serving(handshake_timeout=0.1) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(HANDSHAKE + b"\r\n")
        await reader.readuntil(b"\r\n\r\n")
        # The server looks once a second.
        await asyncio.sleep(1.5)
        writer.write(CLOSE)

        assert (await asyncio.wait_for(reader.read(), 10))[:1] == CLOSE[:1]
        writer.close()


async def test_a_refusal_by_the_application_is_no_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def refusing(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        headers = [(b"content-length", b"2")]
        start = {"type": "websocket.http.response.start", "status": 401, "headers": headers}
        await send(start)
        await send({"type": "websocket.http.response.body", "body": b"no"})

    async with serving(refusing) as port:
        answer = await exchange(port, [HANDSHAKE + b"\r\n"])

    assert answer.startswith(b"HTTP/1.1 401 ")
    assert "error" not in caplog.text.lower()
