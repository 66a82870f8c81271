"""Attacks on gRPC at the level of HTTP/2: frames by hand, cut, bent, doubled, out of range."""

import asyncio
import zlib
from collections.abc import Sequence
from uuid import uuid4

import pytest

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from tests.chassis.attacks import http2
from tests.chassis.attacks.http2 import (
    CONTINUATION,
    DATA,
    END_HEADERS,
    END_STREAM,
    HEADERS,
    PING,
    RST_STREAM,
    SETTINGS,
    WINDOW_UPDATE,
    Frame,
    call,
    connected,
    frame,
    hello,
    message,
    setting,
)
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.conftest import driver_of
from tests.chassis.conformance.tokens import token

REGISTER = f"{http2.SERVICE}/Register"
HEAD = frame(HEADERS, END_HEADERS, 1, http2.headers(REGISTER))


def body(receiver: str) -> bytes:
    """Return a request for one notification."""
    new = pb.NewNotification(receiver=receiver, action_type="a")
    return pb.RegisterRequest(notifications=[new]).SerializeToString()


async def count(target: Target, receiver: str) -> int:
    """Return how many notifications one has got."""
    async with driver_of("grpc").connected(target.ports["grpc"], token()) as caller:
        return int((await caller.list(receiver=receiver))["total"])


def status_of(frames: list[Frame]) -> int | None:
    """Return the status that the frames tell; HPACK writes it in plain."""
    for each in reversed(frames):
        if each.kind == HEADERS and b"\x0bgrpc-status" in each.payload:
            rest = each.payload.partition(b"\x0bgrpc-status")[2]
            return int(rest[1 : 1 + rest[0]])
    return None


async def told(target: Target, *sent: bytes) -> list[Frame]:
    """Send this on a new connection, and return the frames of stream 1."""
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello(), *sent)
        return await caller.until_end(1)


@pytest.mark.attack("bytes cut at every offset", "grpc")
async def test_a_call_cut_at_every_offset(target: Target) -> None:
    """Only the whole call is done: it is the only one that has its end."""
    receiver = f"cut-{uuid4()}"
    whole = hello() + call(1, "Register", body(receiver))
    for offset in range(len(whole)):
        async with connected(target.ports["grpc"]) as caller:
            await caller.send(whole[:offset])
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(whole)
        assert status_of(await caller.until_end(1)) == 0
    # A message is whole before the frame that ends it is: its last byte is the notification's.
    assert await count(target, receiver) == 1


@pytest.mark.attack("bytes cut at every offset", "grpc")
async def test_a_message_cut_at_every_offset(target: Target) -> None:
    """Its length does not fit, and nothing is done."""
    receiver = f"cut-{uuid4()}"
    framed = message(body(receiver))
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello())
        for number, offset in enumerate(range(len(framed))):
            stream = 1 + 2 * number
            head = frame(HEADERS, END_HEADERS, stream, http2.headers(REGISTER))
            await caller.send(head, frame(DATA, END_STREAM, stream, framed[:offset]))
            assert status_of(await caller.until_end(stream)) not in (None, 0), offset
    assert await count(target, receiver) == 0


@pytest.mark.attack("bytes cut at every offset", "grpc")
async def test_a_protobuf_cut_at_every_offset(target: Target) -> None:
    receiver = f"cut-{uuid4()}"
    whole = body(receiver)
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello())
        for offset in range(len(whole)):
            stream = 1 + 2 * offset
            await caller.send(call(stream, "Register", whole[:offset]))
            # INVALID_ARGUMENT: malformed, or without a notification.
            assert status_of(await caller.until_end(stream)) == 3, offset
    assert await count(target, receiver) == 0


@pytest.mark.attack("slow sender", "grpc")
async def test_a_call_in_single_bytes(target: Target) -> None:
    async with connected(target.ports["grpc"]) as caller:
        for byte in hello() + call(1, "Register", body(f"bytes-{uuid4()}")):
            await caller.send(bytes([byte]))
        assert status_of(await caller.until_end(1)) == 0


@pytest.mark.attack("two frames where one is expected", "grpc")
async def test_two_messages_in_a_unary_call(target: Target) -> None:
    """At most one of them is done."""
    receiver = f"two-{uuid4()}"
    one = message(body(receiver))
    assert status_of(await told(target, HEAD, frame(DATA, END_STREAM, 1, one + one))) is not None
    assert await count(target, receiver) <= 1


@pytest.mark.attack("two frames where one is expected", "grpc")
async def test_data_after_the_end(target: Target) -> None:
    receiver = f"two-{uuid4()}"
    whole = call(1, "Register", body(receiver))
    late = frame(DATA, END_STREAM, 1, message(body(receiver)))
    await told(target, whole, late)
    assert await count(target, receiver) <= 1


@pytest.mark.attack("two frames where one is expected", "grpc")
async def test_a_stream_that_is_used_again(target: Target) -> None:
    receiver = f"two-{uuid4()}"
    whole = call(1, "Register", body(receiver))
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello(), whole)
        assert status_of(await caller.until_end(1)) == 0
        await caller.send(whole)
        caller.writer.write_eof()
        assert await caller.is_over()
    assert await count(target, receiver) == 1


VIOLATIONS = {
    "no preface": b"GET / HTTP/1.1\r\nhost: a\r\n\r\n",
    "a window of 2^31": hello(setting(http2.INITIAL_WINDOW_SIZE, 2**31)),
    "frames of 2^32": hello(setting(5, 2**32 - 1)),
    "frames of none": hello(setting(5, 0)),
    "half a setting": hello(b"\0\4\0"),
    "settings of a stream": hello() + frame(SETTINGS, 0, 1),
    "data of no stream": hello() + frame(DATA, 0, 0, b"x"),
    "data of an idle stream": hello() + frame(DATA, 0, 5, b"x"),
    "headers of no stream": hello() + frame(HEADERS, END_HEADERS, 0, b""),
    "headers of an even stream": hello() + frame(HEADERS, END_HEADERS, 2, b""),
    "a continuation of nothing": hello() + frame(CONTINUATION, END_HEADERS, 1, b""),
    "a frame between headers": hello() + frame(HEADERS, 0, 1, b"") + frame(PING, 0, 0, bytes(8)),
    "a ping of 7 bytes": hello() + frame(PING, 0, 0, bytes(7)),
    "a window update of 3 bytes": hello() + frame(WINDOW_UPDATE, 0, 0, bytes(3)),
    "a window beyond 2^31": hello() + frame(WINDOW_UPDATE, 0, 0, (2**31 - 1).to_bytes(4)) * 2,
    "a reset of 3 bytes": hello() + frame(RST_STREAM, 0, 1, bytes(3)),
    "a frame of 16 MiB": hello() + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + bytes(2**16),
    "HPACK beyond its table": hello() + frame(HEADERS, END_HEADERS, 1, b"\xff\xff\xff\xff\x7f"),
    "HPACK of an endless number": hello() + frame(HEADERS, END_HEADERS, 1, b"\xff" * 100),
    "HPACK with a huge table": hello() + frame(HEADERS, END_HEADERS, 1, b"\x3f\xff\xff\xff\x7f"),
    "padding beyond the frame": hello() + frame(DATA, http2.PADDED, 1, b"\xffx"),
}


@pytest.mark.attack("numbers out of range", "grpc")
@pytest.mark.parametrize("what", VIOLATIONS)
async def test_what_http2_forbids(target: Target, what: str) -> None:
    """The connection ends, at once or when its client leaves; other connections stay."""
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(VIOLATIONS[what])
        caller.writer.write_eof()
        assert await caller.is_over()


@pytest.mark.attack("flood", "grpc")
async def test_rapid_resets(target: Target) -> None:
    """Calls that are reset as soon as they are made (CVE-2023-44487) leave nothing behind."""
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello())
        for number in range(2000):
            stream = 1 + 2 * number
            reset = frame(RST_STREAM, 0, stream, (8).to_bytes(4))
            try:
                await caller.send(call(stream, "Register", body("reset")) + reset)
            except ConnectionError:
                # It may be cut for that.
                break


@pytest.mark.attack("flood", "grpc")
@pytest.mark.parametrize(
    "one",
    (
        frame(SETTINGS, 0, 0, setting(http2.INITIAL_WINDOW_SIZE, 1)),
        frame(PING, 0, 0, bytes(8)),
        frame(WINDOW_UPDATE, 0, 0, (1).to_bytes(4)),
        frame(0xEE, 0, 0, bytes(100)),
        frame(DATA, 0, 1, b""),
    ),
    ids=("settings", "pings", "window updates", "unknown frames", "empty data"),
)
async def test_a_flood_of_small_frames(target: Target, one: bytes) -> None:
    """The service keeps no answers, though the client reads nothing."""
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello(), HEAD)
        for _ in range(200):
            try:
                async with asyncio.timeout(5):
                    await caller.send(one * 100)
            except (ConnectionError, TimeoutError):
                break


@pytest.mark.attack("flood", "grpc")
async def test_headers_without_an_end(target: Target) -> None:
    """Continuations that go on are cut (CVE-2024-27316)."""
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello(), frame(HEADERS, 0, 1, http2.headers(REGISTER)))
        part = b"".join(b"\0\x01x" + b"\x7f\x80\x01" + b"y" * 255 for _ in range(50))
        for _ in range(1000):
            try:
                async with asyncio.timeout(5):
                    await caller.send(frame(CONTINUATION, 0, 1, part))
            except (ConnectionError, TimeoutError):
                break
        assert status_of(await caller.until_end(1)) != 0
        assert await caller.is_over()


PACKED = {"gzip": 31, "deflate": 15}


@pytest.mark.attack("decompression bomb", "grpc")
@pytest.mark.parametrize("known", (True, False), ids=("with a token", "without a token"))
@pytest.mark.parametrize("encoding", PACKED)
async def test_a_message_of_256_mib(target: Target, encoding: str, known: bool) -> None:
    """It has 256 KiB on its way, and is refused; the memory does not grow with it."""
    pack = zlib.compressobj(9, zlib.DEFLATED, PACKED[encoding])
    packed = b"".join(pack.compress(bytes(2**20)) for _ in range(256)) + pack.flush()
    before = target.held().memory
    head = http2.headers(REGISTER, ("grpc-encoding", encoding), authorized=known)
    parts = http2.split(message(packed, is_compressed=True))
    async with connected(target.ports["grpc"]) as caller:
        await caller.send(hello(), frame(HEADERS, END_HEADERS, 1, head))
        sending = asyncio.create_task(_send(caller, parts))
        frames = await caller.until_end(1)
        sending.cancel()
        await asyncio.wait([sending])
    assert status_of(frames) == (8 if known else 16)
    assert target.held().memory - before < 64 * 2**20


async def _send(caller: http2.Connection, parts: Sequence[bytes]) -> None:
    for number, part in enumerate(parts, 1):
        await caller.send(frame(DATA, END_STREAM if number == len(parts) else 0, 1, part))
        # It opens its window meanwhile.
        await asyncio.sleep(0.01)


@pytest.mark.attack("decompression bomb", "grpc")
@pytest.mark.parametrize("encoding", ("br", "zstd", "gzip,gzip", "", "x" * 1000, "identity"))
async def test_an_encoding_that_is_none(target: Target, encoding: str) -> None:
    """A message that says it is packed, and is not, is refused."""
    head = frame(HEADERS, END_HEADERS, 1, http2.headers(REGISTER, ("grpc-encoding", encoding)))
    receiver = f"none-{uuid4()}"
    packed = frame(DATA, END_STREAM, 1, message(body(receiver), is_compressed=True))
    assert status_of(await told(target, head, packed)) not in (None, 0)
    assert await count(target, receiver) == 0


@pytest.mark.attack("numbers out of range", "grpc")
@pytest.mark.parametrize("timeout", ("-1S", "99999999999S", "1x", "", "0n", "1e3S", "٣S", "nan"))
async def test_a_deadline_that_is_none(target: Target, timeout: str) -> None:
    """It is passed at once, or counts as none; the call ends in any case."""
    head = frame(HEADERS, END_HEADERS, 1, http2.headers(REGISTER, ("grpc-timeout", timeout)))
    frames = await told(target, head, frame(DATA, END_STREAM, 1, message(body("late"))))
    assert frames


@pytest.mark.attack("numbers out of range", "grpc")
@pytest.mark.parametrize("size", (2**32 - 1, 2**31, 2**20 + 1))
async def test_a_message_that_says_it_is_huge(target: Target, size: int) -> None:
    """It is refused by its length alone: none of it is awaited."""
    data = frame(DATA, 0, 1, b"\0" + size.to_bytes(4) + bytes(100))
    frames = await told(target, HEAD, data)
    assert status_of(frames) == 8


@pytest.mark.attack("duplicate keys", "grpc")
async def test_two_tokens(target: Target) -> None:
    """A caller with two of them is one of both at most, and never more."""
    receiver = f"twice-{uuid4()}"
    lesser = f"Bearer {token(scope='notifications:read', receivers=['ada'])}"
    for pair in ((lesser, "Bearer nonsense"), ("Bearer nonsense", lesser), (lesser, lesser)):
        head = http2.headers(
            REGISTER, *(("authorization", each) for each in pair), authorized=False
        )
        data = frame(DATA, END_STREAM, 1, message(body(receiver)))
        status = status_of(await told(target, frame(HEADERS, END_HEADERS, 1, head), data))
        assert status in (7, 16), pair
    assert await count(target, receiver) == 0


@pytest.mark.attack("duplicate keys", "grpc")
@pytest.mark.parametrize("name", (":path", ":method", "content-type", "te", "grpc-timeout"))
async def test_a_head_with_a_name_twice(target: Target, name: str) -> None:
    value = {":path": f"{http2.SERVICE}/List", ":method": "GET"}.get(name, "1S")
    head = frame(HEADERS, END_HEADERS, 1, http2.headers(REGISTER, (name, value)))
    frames = await told(target, head, frame(DATA, END_STREAM, 1, message(body("twice"))))
    assert frames or name.startswith(":")


@pytest.mark.attack("invalid Unicode", "grpc")
@pytest.mark.parametrize("text", (b"\xff", b"\xed\xa0\x80", b"\xc0\x80", b"\xe2\x80", b"\x00"))
async def test_a_field_that_is_no_text(target: Target, text: bytes) -> None:
    new = b"\x0a" + bytes([len(text)]) + text + b"\x12\x01a"
    sent = b"\x0a" + bytes([len(new)]) + new
    assert status_of(await told(target, call(1, "Register", sent))) == 3


@pytest.mark.attack("invalid Unicode", "grpc")
@pytest.mark.parametrize("path", ("/\u202e/\u2066", "/a\u0000b", "//", "", "/" + "x" * 5000, "*"))
async def test_a_path_that_deceives(target: Target, path: str) -> None:
    head = frame(HEADERS, END_HEADERS, 1, http2.headers(path))
    frames = await told(target, head, frame(DATA, END_STREAM, 1, message(b"")))
    assert status_of(frames) != 0


@pytest.mark.attack("nesting", "grpc")
async def test_groups_in_groups(target: Target) -> None:
    """Unknown fields may be nested, and protobuf bounds how deep."""
    for deep in (50, 99, 101, 100_000):
        sent = message(b"\x7b" * deep + b"\x7c" * deep)
        async with connected(target.ports["grpc"]) as caller:
            await caller.send(hello(), HEAD)
            sending = asyncio.create_task(_send(caller, http2.split(sent)))
            assert status_of(await caller.until_end(1)) == 3, deep
            await sending


@pytest.mark.attack("nesting", "grpc")
@pytest.mark.parametrize(
    "text", ("[" * 50_000 + "]" * 50_000, '{"a":' * 50_000 + "1" + "}" * 50_000)
)
async def test_deep_data(target: Target, text: str) -> None:
    new = pb.NewNotification(receiver="deep", action_type="a", action_data=text)
    sent = pb.RegisterRequest(notifications=[new]).SerializeToString()
    async with connected(target.ports["grpc"]) as caller:
        framed = http2.split(message(sent))
        await caller.send(hello(), HEAD)
        sending = asyncio.create_task(_send(caller, framed))
        assert status_of(await caller.until_end(1)) == 3
        await sending
