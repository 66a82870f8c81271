"""Watchers: thousands of calls that watch the health, for which no token is asked."""

import asyncio
import time
from collections.abc import Sequence

from tools.drill.hostile import http2
from tools.drill.hostile.findings import Findings
from tools.drill.hostile.lively import Lively
from tools.drill.hostile.probe import Probe
from tools.drill.hostile.target import Target

WATCH = "/grpc.health.v1.Health/Watch"
CHECK = "/grpc.health.v1.Health/Check"
CONNECTIONS = 40
OF_EACH = 250
# The number of watches that the service allows at once.
MOST = 1000
EVERY = 0.25
WITHIN = 120.0
SETTLE = 2.0
# MiB. Each costs some 25 KiB, and those that are refused some, too, until they are.
LIMIT = 192.0
OTHER = "127.0.0.7"


async def watchers(target: Target, findings: Findings) -> None:
    """Watch with all of them; a watcher from elsewhere and good callers are served meanwhile."""
    port, memory = target.ports["grpc"], target.memory
    crowd = [await Lively.connect(port, http2.HELLO) for _ in range(CONNECTIONS)]
    other = await Lively.connect(port, http2.HELLO, OTHER)
    probe = Probe()
    try:
        async with probe.asking(target):
            for client in crowd:
                for _ in range(OF_EACH):
                    client.call(WATCH, b"")
            began, most = time.monotonic(), memory
            while _left(crowd) > MOST and time.monotonic() - began < WITHIN:
                most = max(most, target.memory)
                await asyncio.sleep(EVERY)
            after, left = time.monotonic() - began, _left(crowd)
            other.call(WATCH, b"")
            other.call(CHECK, b"")
            await asyncio.sleep(SETTLE)
    finally:
        for client in (*crowd, other):
            await client.close()
    findings.add(
        *("watchers", "grpc", f"{CONNECTIONS * OF_EACH:,} calls that watch the health"),
        f"{left:,} are left after {after:.0f} s",
        f"at most {MOST:,}, under {LIMIT:g} MiB",
        left <= MOST and most - memory < LIMIT,
        most - memory,
    )
    findings.add(
        *("watchers", "grpc", "one from another address, and a check"),
        "watches on, and is answered" if other.ended == 1 else f"{other.ended} have ended",
        "watches on, and is answered",
        other.ended == 1,
    )
    findings.add(
        *("watchers", "all", "good callers meanwhile"),
        probe.told(),
        "all served",
        not probe.failed,
    )


def _left(crowd: Sequence[Lively]) -> int:
    return sum(client.made - client.ended for client in crowd)
