"""Several requests on one connection, the last of them broken: each answer comes, in order."""

import asyncio
from typing import Any

import pytest

from chassis.interfaces.serving import lingering
from tests.chassis.unit.interfaces.serving.raw import BETWEEN, TIMEOUT, bodies, exchange, serving

POST = b"POST /mine HTTP/1.1\r\nHost: here\r\nContent-Length: %d\r\n\r\n"
BODY = b"x" * 70_000
LAST = b"GET /last HTTP/1.1\r\nConnection: close\r\n\r\n"
HALF = b"GET /half HTTP/1.1\r\nX: "

BROKEN = {
    "head too large": HALF,
    "no head": b"\x16\x03\x01 nothing\r\n\r\n",
    "broken chunk": b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
    "no such end": b"POST /b HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
    "a websocket": (
        b"GET /b HTTP/1.1\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    ),
    "too slow": HALF,
}


async def test_a_body_counts_for_no_head() -> None:
    whole = POST % len(BODY) + BODY
    async with serving() as port:
        answers = await exchange(port, [whole + HALF, b"y\r\nConnection: close\r\n\r\n"])

    assert bodies(answers) == [b"POST /mine " + BODY, b"GET /half "]


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("before", (1, 3))
async def test_what_is_broken_comes_after_the_answers(before: int, broken: str) -> None:
    whole = (POST % 1 + b"a") * before
    async with serving(request_timeout=0.5, head_size=1000) as port:
        answers = await exchange(port, [whole + BROKEN[broken], b"y" * 1100, LAST])

    assert bodies(answers)[:before] == [b"POST /mine a"] * before
    assert b"/last" not in answers
    assert answers.count(b"connection: close") == 1
    assert b"101 Switching" not in answers


@pytest.mark.parametrize("before", (b"", POST % 1 + b"a"))
async def test_no_reset_overtakes_the_answers(before: bytes) -> None:
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(before + BROKEN["no head"])
        async with asyncio.timeout(TIMEOUT):
            answers = await reader.readuntil(b"POST /mine a" if before else b"\r\n\r\n")
            # It is closed for the server, which drops this.
            writer.write(LAST)
            await writer.drain()
            await asyncio.sleep(BETWEEN)
            writer.write(LAST)
            await writer.drain()
            answers += await reader.read()
        writer.close()
        await writer.wait_closed()

    assert answers.count(b"HTTP/1.1 ") == 1


async def test_a_client_that_does_not_end_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "LINGER", 0.1)
    async with serving() as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(BROKEN["no head"])
        async with asyncio.timeout(TIMEOUT):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            with pytest.raises(ConnectionError):
                while True:
                    writer.write(LAST)
                    await writer.drain()
                    await asyncio.sleep(BETWEEN)


async def test_an_app_hears_that_a_broken_body_does_not_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lingering, "LINGER", 60)
    found = []

    async def waiting(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        while (message := await receive())["type"] != "http.disconnect":
            found.append(message["body"])
        found.append(message["type"])
        # It is dropped.
        await send({"type": "http.response.start", "status": 200, "headers": []})
        found.append("sent")

    async with serving(waiting) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(BROKEN["broken chunk"])
        async with asyncio.timeout(TIMEOUT):
            assert (await reader.read()).startswith(b"HTTP/1.1 400 ")
            while "sent" not in found:
                await asyncio.sleep(0.01)
        writer.close()


async def test_an_answer_that_came_early_is_the_only_one() -> None:
    async def hasty(scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "http"
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 413, "headers": headers})
        await send({"type": "http.response.body", "body": b"no"})

    async with serving(hasty) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n")
        await asyncio.wait_for(reader.readuntil(b"no"), TIMEOUT)
        writer.write(b"no chunk\r\n")

        assert await asyncio.wait_for(reader.read(), TIMEOUT) == b""
        writer.close()


async def test_a_body_that_does_not_come_is_said_to_be_late() -> None:
    async with serving(request_timeout=0.1) as port:
        answers = await exchange(port, [POST % 3 + b"a"])

    assert answers.startswith(b"HTTP/1.1 408 ")


async def test_what_follows_the_last_chunk_is_bounded() -> None:
    head = b"POST /b HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    async with serving(head_size=1000) as port:
        answers = await exchange(port, [head, *[b"X" + b"y" * 300 for _ in range(5)]])

    assert answers.startswith(b"HTTP/1.1 431 ")
