"""Slow readers: subscribers and callers that ask for much and read nothing."""

import asyncio
import json
import socket
import time
from collections.abc import Sequence
from typing import NamedTuple

from tools.client.poster import Poster
from tools.drill.hostile import http2
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.half_open import SOCKET, STREAM, SUBSCRIBE
from tools.drill.hostile.probe import Probe
from tools.drill.hostile.sockets import Name, close, connect, held, names
from tools.drill.hostile.target import Target
from tools.drill.over.caller import Transport
from tools.drill.over.grpc import SERVICE

EACH = 20
# Requests that each caller sends at once.
REQUESTS = 100
BUFFER = 4096
# The stored notifications: their number, and their bytes.
COUNT = 2000
SIZE = 4096
AT_ONCE = 8
EVERY = 0.5
# Twice the ten seconds that a reader may take, or two pings; and what it takes to fill buffers.
WITHIN = 50.0
# MiB that each reader may cost.
LIMIT = 16.0

GET = b"GET /notifications?size=200&page=1 HTTP/1.1\r\nhost: localhost\r\n\r\n"
LIST = (
    b'{"jsonrpc": "2.0", "id": 1, "method": "notifications.list", "params": '
    b'{"page": 1, "size": 200}}\n'
)
# The fields 6 and 7 of a `ListRequest`, as varints.
PAGE = b"\x30\x01\x38\xc8\x01"


class Kind(NamedTuple):
    """Its name, and the bytes for each connection."""

    over: Transport
    what: str
    first: bytes


SUBSCRIBERS = (
    Kind("http", "server-sent events", STREAM),
    Kind("http", "WebSockets", SOCKET),
    Kind("tcp", "subscribers", SUBSCRIBE),
    Kind("grpc", "subscribers", http2.HELLO + http2.call(1, f"{SERVICE}/Subscribe", b"")),
)
CALLERS = (
    Kind("http", f"callers, {REQUESTS} pages each", GET * REQUESTS),
    Kind("tcp", f"callers, {REQUESTS} pages each", LIST * REQUESTS),
    Kind(
        "grpc",
        f"callers, {REQUESTS} pages each",
        http2.HELLO
        + b"".join(http2.call(2 * n + 1, f"{SERVICE}/List", PAGE) for n in range(REQUESTS)),
    ),
)


async def slow_readers(target: Target, findings: Findings) -> None:
    """Let each kind ask and not read, one after the other; good callers are served meanwhile."""
    probe = Probe()
    async with probe.asking(target):
        for kind in SUBSCRIBERS:
            await _attack(target, findings, kind, fills=True)
        for kind in CALLERS:
            await _attack(target, findings, kind, fills=False)
    findings.add(
        *("slow readers", "all", "good callers meanwhile"),
        probe.told(),
        "all served",
        not probe.failed,
    )


async def _attack(target: Target, findings: Findings, kind: Kind, *, fills: bool) -> None:
    port, memory = target.ports[kind.over], target.memory
    crowd = await asyncio.to_thread(_crowd, port, kind.first)
    peers = names(crowd)
    try:
        await let_in(port, peers)
        filling = asyncio.create_task(fill(target) if fills else asyncio.sleep(0))
        most, left, after = await _cut_off(target, port, peers)
        await filling
    finally:
        close(crowd)
    grown = most - memory
    each = grown / EACH
    findings.add(
        *("slow readers", kind.over, f"{EACH} {kind.what}"),
        f"{left or 'none'} left after {after:.0f} s, {each:.1f} MiB each",
        f"within {WITHIN:g} s, under {LIMIT:g} MiB each",
        not left and each < LIMIT,
        grown,
    )


def _crowd(port: int, first: bytes) -> Sequence[socket.socket]:
    crowd = [connect(port, buffer=BUFFER) for _ in range(EACH)]
    for each in crowd:
        each.setblocking(False)
        # Bytes that are not sent at once do not matter.
        each.send(first)
    return crowd


async def let_in(port: int, peers: set[Name]) -> None:
    """Wait until the service has accepted all of these; raises `TimeoutError`."""
    async with asyncio.timeout(WITHIN):
        while held(port, peers) < len(peers):
            await asyncio.sleep(EVERY)


async def _cut_off(target: Target, port: int, peers: set[Name]) -> tuple[float, int, float]:
    """Return the most MiB meanwhile, how many readers are left, and when that was so."""
    began, most = time.monotonic(), target.memory
    while True:
        left, after = held(port, peers), time.monotonic() - began
        if not left or after > WITHIN:
            return most, left, after
        most = max(most, target.memory)
        await asyncio.sleep(EVERY)


async def fill(target: Target) -> None:
    """Register what subscribers would have to read."""
    poster = Poster(target.process.url, connections=AT_ONCE)
    body = {"receiver": "r", "action_type": "filled", "action_data": {"text": "x" * SIZE}}
    content = json.dumps([body] * 100).encode()
    try:
        await asyncio.gather(*(poster.post(content) for _ in range(COUNT // 100)))
    finally:
        poster.close()
