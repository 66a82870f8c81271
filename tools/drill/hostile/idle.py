"""Idle connections: thousands that say nothing."""

import asyncio
import socket

from tools.drill.hostile import http2
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.probe import Probe, quiet
from tools.drill.hostile.sockets import close, connect, held, names
from tools.drill.hostile.target import Target

# The share of the connections over gRPC; the rest is halved.
OVER_GRPC = 0.1
# The clients' addresses: as many as need be for their ports.
ADDRESSES = [f"127.0.0.{number}" for number in range(2, 12)]
QUIET = 5.0
SETTLE = 2.0
SLACK = 10.0
# KiB that a connection may cost.
LIMIT = 64.0
RATIO = 3.0
# Seconds that a client over HTTP may take before its request has come, which is no setting.
REQUEST = 30.0

FIRST: dict[str, bytes] = {"http": b"", "tcp": b"", "grpc": http2.HELLO}


async def idle(target: Target, findings: Findings, count: int) -> None:
    """Open `count`, see what each costs and what good callers notice, and when they are closed."""
    await quiet(target, 1)
    before = await quiet(target, QUIET)
    of_grpc = int(count * OVER_GRPC)
    half = (count - of_grpc) // 2
    crowds: dict[str, list[socket.socket]] = {}
    try:
        # The one that is closed first comes last.
        for name, size in (("tcp", half), ("grpc", of_grpc), ("http", half)):
            memory = target.memory
            crowds[name] = await asyncio.to_thread(_crowd, target.ports[name], size, FIRST[name])
            await asyncio.sleep(SETTLE)
            grown = target.memory - memory
            each = grown * 1024 / size
            findings.add(
                *("idle", name, f"{size:,} connections"),
                f"{each:.0f} KiB each",
                f"under {LIMIT:g} KiB each",
                each < LIMIT,
                grown,
            )
        await _meanwhile(target, findings, before, count)
        for name, crowd in crowds.items():
            await _closed(target, findings, name, crowd)
    finally:
        for crowd in crowds.values():
            close(crowd)


def _crowd(port: int, size: int, first: bytes) -> list[socket.socket]:
    crowd = [connect(port, ADDRESSES[number % len(ADDRESSES)]) for number in range(size)]
    if first:
        for each in crowd:
            each.sendall(first)
    return crowd


async def _meanwhile(target: Target, findings: Findings, before: Probe, count: int) -> None:
    during = await quiet(target, QUIET)
    for name in during.transports:
        ratio = during.p99(name) / before.p99(name)
        findings.add(
            *("idle", name, f"a good caller next to {count:,}"),
            f"p99 {before.p99(name):.1f} ms before, {during.p99(name):.1f} ms during",
            f"under {RATIO:g} times its quiet value",
            ratio < RATIO and not during.failed,
        )


async def _closed(
    target: Target, findings: Findings, name: str, crowd: list[socket.socket]
) -> None:
    within = REQUEST if name == "http" else float(target.settings["IDLE_TIMEOUT"])
    peers = names(crowd)
    left = len(crowd)
    try:
        async with asyncio.timeout(within + SLACK):
            while left := held(target.ports[name], peers):
                await asyncio.sleep(1)
    except TimeoutError:
        pass
    findings.add(
        *("idle", name, f"{len(crowd):,} that go on to say nothing"),
        f"{left:,} are left" if left else "all are closed",
        f"after {within:g} s",
        not left,
    )
