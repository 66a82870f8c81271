"""Requests that no client would send, to what HTTP carries: REST, streams, sockets and ops."""

import asyncio
import gzip
import json
import zlib

import httpx
import pytest

from tests.chassis.attacks.raw import PLACES, UPGRADE, port_of, post, request, status
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.support import new
from tests.chassis.conformance.tokens import token

BOMB = b"[" + b" " * 2**26 + b"]"
GOOD = json.dumps(new()).encode()
# The answer of each surface to a good request.
DONE = {"http": 200, "sse": 200, "websocket": 101, "ops": 200}

# Heads that say two things, or nothing that can be said.
HEADS = {
    "two lengths": ("content-length: 2\r\ncontent-length: 3\r\n", 400),
    "a length and chunks": ("content-length: 2\r\ntransfer-encoding: chunked\r\n", 400),
    "a negative length": ("content-length: -1\r\n", 400),
    "a length of 30 digits": (f"content-length: {'9' * 30}\r\n", 400),
    "a length in hexadecimal": ("content-length: 0x10\r\n", 400),
    "unknown coding": ("transfer-encoding: zstd, chunked, identity\r\n", 400),
    "a NUL in a value": ("x-odd: a\x00b\r\n", 400),
    "a bare CR": ("x-odd: a\rb\r\n", 400),
    "a space before the colon": ("x-odd : 1\r\n", 400),
    "a folded line": ("x-odd: 1\r\n folded\r\n", 400),
    "a header of 1 MB": (f"x-odd: {'a' * 2**20}\r\n", 431),
    "a hundred thousand headers": ("".join(f"x-{n}: 1\r\n" for n in range(100_000)), 431),
}
BODIES = {
    "nesting: 30": (b'{"receiver":"a","action_type":"b","action_data":%s}', 30, 202),
    "nesting: 100": (b'{"receiver":"a","action_type":"b","action_data":%s}', 100, 422),
    "nesting: 100000": (b'{"receiver":"a","action_type":"b","action_data":%s}', 100_000, 400),
}
NUMBERS = (
    *("page=0", "page=-1", "page=99999999999999999999", "page=1e3", "page=1.5", "page=NaN"),
    *("size=0", "size=201", "size=-5", "size=9223372036854775808", "page=10000&size=200"),
    *("cursor=%00", "cursor=zzz", "since=10000-01-01T00:00:00Z", "since=0000-00-00T00:00:00Z"),
    *("is_seen=2", "page=%D9%A1", "page=1&page=2", "nothing=1", "receiver=%ff"),
)
TEXTS = {
    "bidi": "a\u202egnp.exe",
    "NUL": "a\0b",
    "surrogate": "\ud800",
    "newline": "a\nlevel=error",
    "escape": "\x1b[2J",
    "pattern star": "*",
    "pattern hash": "#",
    "pattern percent": "%",
    "pattern underscore": "_",
    "dots": "a.b.#",
    "path": "../../etc/passwd",
    "long": "a" * 65,
}
# A receiver must not contain these.
REFUSED = ("NUL", "surrogate", "long")
PATHS = (
    *("/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/schema/../../../etc/passwd"),
    *("/schema/%2e%2e%2f%2e%2e%2fetc%2fpasswd", "/schema/..%5c..%5cetc%5cpasswd"),
    *("/notifications/..%2f..%2fmetrics", "/notifications/%00", "//etc/passwd", "/notifications/*"),
)


@pytest.mark.attack("broken head")
@pytest.mark.parametrize("surface", PLACES)
@pytest.mark.parametrize("head", HEADS)
async def test_heads(target: Target, surface: str, head: str) -> None:
    more, code = HEADS[head]
    assert await status(port_of(target, surface), request(surface, more)) == code


@pytest.mark.attack("nesting", "http")
@pytest.mark.parametrize("body", BODIES)
async def test_nesting(target: Target, body: str) -> None:
    frame, depth, code = BODIES[body]
    data = frame % (b'{"a":' * depth + b"1" + b"}" * depth)
    assert await status(target.ports["http"], post(data)) == code


@pytest.mark.attack("numbers out of range", "http")
@pytest.mark.parametrize("query", NUMBERS)
async def test_numbers(target: Target, query: str) -> None:
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token()}"}) as http:
        answer = await http.get(f"{target.http}/notifications?{query}")
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.attack("numbers out of range", "http")
@pytest.mark.parametrize("number", ("1e400", "-1e400", "NaN", "Infinity", "01", "9" * 5000))
async def test_numbers_in_bodies(target: Target, number: str) -> None:
    body = f'{{"receiver":"a","action_type":"b","action_data":{{"n":{number}}}}}'.encode()
    assert await status(target.ports["http"], post(body)) in (202, 400, 422)


@pytest.mark.attack("invalid Unicode", "http")
@pytest.mark.parametrize("text", TEXTS)
async def test_texts(target: Target, text: str) -> None:
    """A name stays one name: in the store, in a filter, and in one line of the log."""
    body = json.dumps(new(TEXTS[text])).encode()
    headers = {"authorization": f"Bearer {token()}", "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=target.http, headers=headers) as http:
        answer = await http.post("/notifications", content=body)
        if text in REFUSED:
            assert answer.status_code in (400, 422), answer.text
            return
        assert answer.status_code == 202, answer.text
        identity = answer.json()["id"]
        async with asyncio.timeout(10):
            while (found := await http.get(f"/notifications/{identity}")).status_code == 404:
                await asyncio.sleep(0.02)
        assert found.json()["receiver"] == TEXTS[text]
        listed = await http.get("/notifications", params={"receiver": TEXTS[text], "size": "200"})
        assert {item["receiver"] for item in listed.json()["items"]} == {TEXTS[text]}


@pytest.mark.attack("invalid Unicode", "http")
@pytest.mark.parametrize("body", (b'"\xff"', b'{"receiver": "\xc0\xaf"}', b"\xef\xbb\xbf{}", b"\0"))
async def test_no_unicode(target: Target, body: bytes) -> None:
    assert await status(target.ports["http"], post(body)) in (400, 422)


@pytest.mark.attack("decompression bomb", "http")
@pytest.mark.parametrize("coding", ("gzip", "deflate", "br", "zstd", "gzip, gzip"))
async def test_bombs(target: Target, coding: str) -> None:
    data = zlib.compress(BOMB) if coding == "deflate" else gzip.compress(BOMB)
    code = await status(target.ports["http"], post(data, f"content-encoding: {coding}\r\n"))
    assert code in (400, 415)


@pytest.mark.attack("decompression bomb", "websocket")
async def test_no_compression_is_agreed(target: Target) -> None:
    offer = "sec-websocket-extensions: permessage-deflate\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", target.ports["http"])
    writer.write(request("websocket", offer))
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 101")
    assert b"permessage-deflate" not in head.lower()


@pytest.mark.attack("path traversal", "http")
@pytest.mark.parametrize("path", PATHS)
async def test_paths(target: Target, path: str) -> None:
    assert await status(target.ports["http"], request("http", path=path)) in (400, 404, 422)


@pytest.mark.attack("path traversal", "ops")
@pytest.mark.parametrize("path", PATHS)
async def test_paths_of_ops(target: Target, path: str) -> None:
    assert await status(target.ports["ops"], request("ops", path=path)) == 404


@pytest.mark.attack("method confusion")
@pytest.mark.parametrize("surface", ("http", "sse", "ops"))
@pytest.mark.parametrize(
    "method", ("DELETE", "PUT", "TRACE", "CONNECT", "PROPFIND", "get", "X" * 99)
)
async def test_methods(target: Target, surface: str, method: str) -> None:
    more = "x-http-method-override: GET\r\nx-method-override: GET\r\n"
    code = await status(port_of(target, surface), request(surface, more, method=method))
    assert code in (400, 404, 405, 501)


@pytest.mark.attack("bytes cut at every offset")
@pytest.mark.parametrize("surface", PLACES)
async def test_cut(target: Target, surface: str) -> None:
    """The client leaves after each byte; those before the end of the head are never answered."""
    whole = request(surface)
    for offset in range(len(whole)):
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(target, surface))
        writer.write(whole[:offset])
        writer.close()
    assert await status(port_of(target, surface), whole) == DONE[surface]


@pytest.mark.attack("bytes cut at every offset", "http")
async def test_body_cut(target: Target) -> None:
    """Half a request is none: nothing of it is stored."""
    whole = post(json.dumps(new("half-of-it")).encode())
    for offset in range(len(whole)):
        _, writer = await asyncio.open_connection("127.0.0.1", target.ports["http"])
        writer.write(whole[:offset])
        writer.close()
    async with httpx.AsyncClient(headers={"authorization": f"Bearer {token()}"}) as http:
        url = f"{target.http}/notifications"
        assert (await http.get(url, params={"receiver": "half-of-it"})).json()["total"] == 0


@pytest.mark.attack("slow sender")
@pytest.mark.parametrize("surface", PLACES)
async def test_slow_sender(target: Target, surface: str) -> None:
    """It is closed in time, whatever it has sent: nothing, half a line, nearly all of the head."""
    whole = request(surface)
    connections = []
    for sent in (b"", whole[:6], whole[:40], whole[:-2]):
        reader, writer = await asyncio.open_connection("127.0.0.1", port_of(target, surface))
        writer.write(sent)
        connections.append((reader, writer))
    async with asyncio.timeout(40):
        for reader, writer in connections:
            while await reader.read(65_536):
                pass
            writer.close()


@pytest.mark.attack("slow reader")
@pytest.mark.parametrize("surface", ("sse", "websocket"))
async def test_leaves_a_stream(target: Target, surface: str) -> None:
    """A hundred streams whose client reads nothing, and then is gone."""
    writers = []
    for _ in range(100):
        _, writer = await asyncio.open_connection("127.0.0.1", port_of(target, surface))
        writer.write(request(surface))
        writers.append(writer)
    await asyncio.sleep(2)
    for writer in writers:
        writer.transport.abort()


@pytest.mark.attack("duplicate keys", "http")
async def test_a_second_type(target: Target) -> None:
    assert await status(target.ports["http"], post(GOOD, "content-type: text/plain\r\n")) == 415


@pytest.mark.attack("idempotency key of another caller", "http")
async def test_another_ones_key(target: Target) -> None:
    found = []
    for name, receiver in (("eve", "x"), ("mallory", "y"), ("eve", "x")):
        headers = {"authorization": f"Bearer {token(sub=name)}", "idempotency-key": "stolen"}
        async with httpx.AsyncClient(headers=headers) as http:
            answer = await http.post(f"{target.http}/notifications", json=new(receiver))
        assert answer.status_code == 202, answer.text
        found.append(answer.json()["id"])
    assert found[0] == found[2] != found[1]


@pytest.mark.attack("two frames where one is expected", "websocket")
@pytest.mark.parametrize(
    "frames",
    (
        pytest.param(b"\x81\x05hello", id="unmasked"),
        pytest.param(b"\xf1\x80\0\0\0\0", id="reserved bits"),
        pytest.param(b"\x83\x80\0\0\0\0", id="unknown opcode"),
        pytest.param(b"\x09\x80\0\0\0\0", id="control frame in parts"),
        pytest.param(b"\x89\xfe\0\x7e\0\0\0\0" + b"a" * 126, id="long ping"),
        pytest.param(b"\x80\x80\0\0\0\0", id="continuation of nothing"),
        pytest.param(b"\x01\x80\0\0\0\0\x01\x80\0\0\0\0", id="text in a text"),
        pytest.param(b"\x81\x82\0\0\0\0\xff\xfe", id="no Unicode"),
        pytest.param(b"\x88\x81\0\0\0\0a", id="close of one byte"),
        pytest.param(b"\x88\x82\0\0\0\0\0\x01", id="close with code 1"),
        pytest.param(b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0", id="length of 64 bits"),
        pytest.param(b"\x82\xff\0\0\0\0\x7f\xff\xff\xff\0\0\0\0", id="length of 2 GB"),
    ),
)
async def test_frames(target: Target, frames: bytes) -> None:
    """A frame that breaks a rule ends the stream, and no other."""
    reader, writer = await asyncio.open_connection("127.0.0.1", target.ports["http"])
    writer.write(request("websocket"))
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    writer.write(frames)
    async with asyncio.timeout(10):
        while await reader.read(65_536):
            pass
    writer.close()


@pytest.mark.attack("two frames where one is expected", "websocket")
@pytest.mark.parametrize("line", UPGRADE.splitlines())
async def test_half_an_upgrade(target: Target, line: str) -> None:
    """Without one of its lines it is an ordinary request for the stream, or none at all."""
    half = request("sse", UPGRADE.replace(f"{line}\r\n", ""))
    assert await status(target.ports["http"], half) in (200, 400, 426)
