"""Hoarders: clients that have much made for them, and do not take it, though they are there."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import NamedTuple

from tools.client.poster import Poster
from tools.drill.hostile import http2
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.lively import Lively
from tools.drill.hostile.probe import Probe
from tools.drill.hostile.slow_readers import BUFFER, LIST, PAGE, let_in
from tools.drill.hostile.sockets import close, held, names
from tools.drill.hostile.sockets import connect as connect_plainly
from tools.drill.hostile.target import Target
from tools.drill.over.grpc import SERVICE
from tools.drill.over.lines import connect

EACH = 10
# The stored notifications: one page.
COUNT = 200
SIZE = 16_384
AT_ONCE = 8
# The numbers of requests in a batch, and on a connection over gRPC.
REQUESTS = 100
CALLS = 80
EVERY = 0.25
# Ten seconds that a reader may take, and one more for each 4 MiB; and what it takes to make them.
WITHIN = 120.0
# MiB for all clients of a kind together.
LIMIT = 256.0

BATCH = b"[%b]\n" % b",".join([LIST.strip()] * REQUESTS)
# The field 1 of a `RegisterRequest`: a `NewNotification` with the fields 1 and 2.
NEW = b"\x0a\x08\x0a\x01h\x12\x03had"

Attack = Callable[[Target], Awaitable[str]]


class Kind(NamedTuple):
    """The target, the bytes, the action, and the check."""

    over: str
    sent: str
    attack: Attack
    asked: str


async def hoarders(target: Target, findings: Findings) -> None:
    """Let each kind ask for much, one after the other; good callers are served meanwhile."""
    probe = Probe()
    async with probe.asking(target):
        await _fill(target)
        for kind in (
            Kind("tcp", f"a batch of {REQUESTS} pages, read", _batches_read, "all answered"),
            Kind("tcp", f"a batch of {REQUESTS} pages, not read", _batches, "all cut"),
            Kind("grpc", f"{CALLS} pages without a window", _calls("List", PAGE), "all cut"),
            Kind(
                "grpc", f"{CALLS} small ones without a window", _calls("Register", NEW), "all cut"
            ),
        ):
            await _run(target, findings, kind)
    findings.add(
        *("hoarders", "all", "good callers meanwhile"),
        probe.told(),
        "all served",
        not probe.failed,
    )


async def _run(target: Target, findings: Findings, kind: Kind) -> None:
    before = most = target.memory
    began = time.monotonic()
    attacking = asyncio.ensure_future(kind.attack(target))
    while not attacking.done() and time.monotonic() - began < WITHIN:
        most = max(most, target.memory)
        await asyncio.sleep(EVERY)
    after = time.monotonic() - began
    if not attacking.done():
        attacking.cancel()
    with suppress(asyncio.CancelledError):
        await attacking
    told = "not all ended" if attacking.cancelled() else attacking.result()
    findings.add(
        *("hoarders", kind.over, f"{EACH} times {kind.sent}"),
        f"{told} after {after:.0f} s",
        f"{kind.asked} within {WITHIN:g} s, under {LIMIT:g} MiB",
        told == kind.asked and most - before < LIMIT,
        most - before,
    )


async def _batches_read(target: Target) -> str:
    answers = await asyncio.gather(*(_batch(target) for _ in range(EACH)))
    return "all answered" if all(len(each) == REQUESTS for each in answers) else "not all answered"


async def _batch(target: Target) -> list[object]:
    reader, writer = await connect(target.ports["tcp"])
    try:
        writer.write(BATCH)
        got = bytearray()
        while not got.endswith(b"\n"):
            part = await reader.read(2**20)
            if not part:
                break
            got += part
        answers: list[object] = json.loads(got or b"[]")
        return answers
    finally:
        writer.close()


async def _batches(target: Target) -> str:
    """Return once all clients are cut that do not read."""
    port = target.ports["tcp"]
    crowd = [connect_plainly(port, buffer=BUFFER) for _ in range(EACH)]
    try:
        for each in crowd:
            each.sendall(BATCH * 4)
        peers = names(crowd)
        await let_in(port, peers)
        while held(port, peers):
            await asyncio.sleep(EVERY)
    finally:
        close(crowd)
    return "all cut"


def _calls(method: str, message: bytes) -> Attack:
    async def attack(target: Target) -> str:
        port = target.ports["grpc"]
        crowd = [await Lively.connect(port, http2.DEAF) for _ in range(EACH)]
        try:
            for client in crowd:
                for _ in range(CALLS):
                    client.call(f"{SERVICE}/{method}", message)
            while not all(client.is_cut for client in crowd):
                await asyncio.sleep(EVERY)
        finally:
            for client in crowd:
                await client.close()
        return "all cut"

    return attack


async def _fill(target: Target) -> None:
    poster = Poster(target.process.url, connections=AT_ONCE)
    body = {"receiver": "r", "action_type": "filled", "action_data": {"text": "x" * SIZE}}
    content = json.dumps([body] * 10).encode()
    try:
        await asyncio.gather(*(poster.post(content) for _ in range(COUNT // 10)))
    finally:
        poster.close()
