"""Slowloris: requests that come drop by drop and never end."""

import asyncio
import time
from contextlib import suppress
from typing import NamedTuple

from tools.drill.hostile import http2
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.probe import Probe, quiet
from tools.drill.hostile.target import Target
from tools.drill.over.lines import connect

EACH = 100
# Seconds between two drops.
EVERY = 1.0
QUIET = 3.0
# Servers look over their connections once a second, and gRPC's own timers are late.
SLACK = 6.0
# Seconds that a request may take to come, which is no setting.
REQUEST = 30.0
PATIENCE = 120.0

LINE = b'{"jsonrpc": "2.0", "id": 1, "method": "'
HEAD = b"GET /notifications HTTP/1.1\r\nhost: localhost\r\nx-slow: "
BODY = (
    b"POST /notifications HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n"
    b"content-length: 9999\r\n\r\n"
)
# The first half of a head, so that the frame is known and never whole.
FRAME = http2.frame(http2.HEADERS, http2.END_HEADERS, 1, http2.headers("/slow"))[:40]


class Kind(NamedTuple):
    """The bytes that are sent at once, the bytes that follow one by one, and the seconds within
    which that must end.
    """

    over: str
    what: str
    start: bytes
    drops: bytes
    within: float


class Ending(NamedTuple):
    """When a connection was closed, and what was said on it."""

    after: float
    said: bytes


async def slowloris(target: Target, findings: Findings) -> None:
    """Open `EACH` connections of each kind at once; good callers are served meanwhile."""
    handshake = float(target.settings["HANDSHAKE_TIMEOUT"])
    idle = float(target.settings["IDLE_TIMEOUT"])
    kinds = (
        Kind("http", "a head", HEAD, b"x", REQUEST),
        Kind("http", "a body", BODY, b" ", REQUEST),
        Kind("tcp", "a line", LINE, b"x", REQUEST),
        Kind("grpc", "a preface", b"", http2.PREFACE, handshake),
        Kind("grpc", "a preface at once, then nothing", http2.PREFACE, b"", handshake),
        Kind("grpc", "a frame of headers", http2.HELLO, FRAME, idle),
    )
    before, memory = await quiet(target, QUIET), target.memory
    probe = Probe()
    async with probe.asking(target):
        attacks = [asyncio.gather(*(_drip(target, kind) for _ in range(EACH))) for kind in kinds]
        await asyncio.sleep(QUIET)
        grown = target.memory - memory
        for kind, attack in zip(kinds, attacks, strict=True):
            endings = await attack
            last = max(ending.after for ending in endings)
            findings.add(
                *("slowloris", kind.over, f"{EACH} times {kind.what}"),
                f"all closed after {last:.0f} s{_said(endings[0].said)}",
                f"within {kind.within:g} s",
                last <= kind.within + SLACK,
            )
    findings.add(
        *("slowloris", "all", "good callers meanwhile"),
        f"{probe.told()} (quiet: {before.told()})",
        "all served",
        not probe.failed,
        grown,
    )


async def _drip(target: Target, kind: Kind) -> Ending:
    reader, writer = await connect(target.ports[kind.over])
    began = time.monotonic()
    writer.write(kind.start)
    dripping = asyncio.create_task(_drops(writer, kind.drops))
    said = b""
    with suppress(OSError):
        async with asyncio.timeout(PATIENCE):
            while part := await reader.read(65_536):
                said += part
    dripping.cancel()
    writer.close()
    return Ending(time.monotonic() - began, said)


async def _drops(writer: asyncio.StreamWriter, drops: bytes) -> None:
    number = 0
    while drops:
        await asyncio.sleep(EVERY)
        writer.write(drops[number : number + 1])
        # Bytes with an end stop there; a single byte repeats without end.
        number = (number + 1) % len(drops) if len(drops) == 1 else number + 1


def _said(answer: bytes) -> str:
    for word in (b"408", b"must be complete"):
        if word in answer:
            return f", told “{word.decode()}”"
    return ""
