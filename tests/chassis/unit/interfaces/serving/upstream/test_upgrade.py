"""Offers to change the protocol: what follows a head is its body, and never a request."""

from typing import Any

import pytest

from tests.chassis.unit.interfaces.serving.raw import bodies, exchange, serving

LAST = b"GET /mine HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"
# It reads like a request: so it is seen where a body is taken for one.
BODY = b"GET /theirs HTTP/1.1\r\nHost: here\r\n\r\n"
SIZED = b"Content-Length: %d\r\n\r\n" % len(BODY), BODY
CHUNKED = (
    b"Transfer-Encoding: chunked\r\n\r\n",
    b"%x\r\n%b\r\n0\r\nTrailer: GET\r\n\r\n" % (len(BODY), BODY),
)

OFFERS = {
    "unknown": b"Connection: upgrade\r\nUpgrade: foo\r\n",
    "h2c": b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n",
    "websocket on a post": b"Connection: upgrade\r\nUpgrade: websocket\r\n",
    "a whole handshake on a post": (
        b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    ),
    "twice": b"Connection: upgrade\r\nUpgrade: foo\r\nUpgrade: websocket\r\n",
    "twice the other way": b"Connection: upgrade\r\nUpgrade: websocket\r\nUpgrade: foo\r\n",
    "several in one": b"Connection: upgrade\r\nUpgrade: websocket, foo\r\n",
    "two connection headers": b"Connection: upgrade\r\nConnection: keep-alive\r\nUpgrade: a/1\r\n",
    "no connection token": b"Upgrade: websocket\r\n",
    "a connection token alone": b"Connection: upgrade\r\n",
    "upper case": b"CONNECTION: UPGRADE\r\nUPGRADE: WEBSOCKET\r\n",
    "empty": b"Connection: upgrade\r\nUpgrade:\r\n",
}


@pytest.mark.parametrize("way", ("one segment", "body later", "each apart", "bytes"))
@pytest.mark.parametrize("body", (SIZED, CHUNKED), ids=("sized", "chunked"))
@pytest.mark.parametrize("method", (b"POST", b"GET"))
@pytest.mark.parametrize("offer", OFFERS)
async def test_a_body_is_read(
    offer: str, method: bytes, body: tuple[bytes, bytes], way: str
) -> None:
    head = method + b" /a HTTP/1.1\r\nHost: here\r\n" + OFFERS[offer] + body[0]
    parts: tuple[bytes, ...] = (head, body[1], LAST)
    if way == "one segment":
        parts = (b"".join(parts),)
    elif way == "body later":
        parts = (head, body[1] + LAST)
    elif way == "bytes":
        whole = head + body[1]
        cut = len(head) - 1
        parts = (whole[:cut], whole[cut : cut + 3], whole[cut + 3 :], LAST)

    async with serving() as port:
        answers = await exchange(port, parts)

    assert bodies(answers) == [method + b" /a " + BODY, b"GET /mine "]


async def test_many_offers_in_one_segment_are_each_ignored() -> None:
    # More than Python's stack has frames for.
    one = b"GET /a HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: b\r\n\r\n"
    async with serving() as port:
        answers = await exchange(port, [one * 1200 + LAST])

    assert bodies(answers) == [b"GET /a "] * 1200 + [b"GET /mine "]


async def test_http_1_0_is_answered_once() -> None:
    head = b"POST /a HTTP/1.0\r\n" + OFFERS["unknown"] + SIZED[0]
    async with serving() as port:
        answers = await exchange(port, [head, BODY, LAST])

    assert bodies(answers) == [b"POST /a " + BODY]


async def test_a_websocket_is_not_begun_over_http_1_0() -> None:
    head = b"GET /a HTTP/1.0\r\n" + OFFERS["a whole handshake on a post"] + b"\r\n"
    async with serving() as port:
        answers = await exchange(port, [head])

    assert bodies(answers) == [b"GET /a "]


@pytest.mark.parametrize("coding", (b"gzip", b"gzip, chunked, gzip"))
async def test_a_body_without_an_end_is_refused(coding: bytes) -> None:
    head = b"POST /a HTTP/1.1\r\n" + OFFERS["unknown"] + b"Transfer-Encoding: " + coding
    async with serving() as port:
        answers = await exchange(port, [head + b"\r\n\r\n", BODY, LAST])

    assert answers.startswith(b"HTTP/1.1 400 ")
    assert bodies(answers) == [b""]


async def test_a_broken_chunk_is_refused() -> None:
    head = b"POST /a HTTP/1.1\r\n" + OFFERS["unknown"] + CHUNKED[0]
    async with serving() as port:
        answers = await exchange(port, [head, b"1\r\na\r\n", b"xyz\r\n", LAST])

    assert answers.startswith(b"HTTP/1.1 400 ")
    assert bodies(answers) == [b""]


@pytest.mark.parametrize("target", (b"/a", b"theirs.example:443"))
async def test_what_follows_a_connect_is_not_read(target: bytes) -> None:
    head = b"CONNECT " + target + b" HTTP/1.1\r\nHost: here\r\n" + SIZED[0]
    async with serving() as port:
        answers = await exchange(port, [head + BODY + LAST, LAST])

    assert len(bodies(answers)) == 1
    assert b"connection: close" in answers


async def test_http_2_is_refused() -> None:
    async with serving() as port:
        answers = await exchange(port, [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", LAST])

    assert answers.startswith(b"HTTP/1.1 400 ")
    assert bodies(answers) == [b""]


async def test_fields_behind_a_body_are_none_of_the_request() -> None:
    async def told(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        headers = [(b"content-length", b"1")]
        answer = b"y" if any(name == b"authorization" for name, _ in scope["headers"]) else b"n"
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    head = b"POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    async with serving(told) as port:
        answers = await exchange(port, [head + b"0\r\nAuthorization: me\r\n\r\n" + LAST])

    assert bodies(answers) == [b"n", b"n"]
