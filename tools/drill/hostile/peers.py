"""Peers and datagrams: what can be done to p2p, which has no connections that the system knows."""

import asyncio
import json
import sys

from tools.drill.hostile.findings import Findings
from tools.drill.hostile.probe import Probe, quiet
from tools.drill.hostile.slow_readers import fill
from tools.drill.hostile.target import Target
from tools.drill.over import p2p
from tools.drill.over.caller import STREAMS, Transport

SERVED: tuple[Transport, ...] = (*STREAMS, "p2p")
# Only the good callers are listed.
SETTINGS = {"P2P_KEY": p2p.P2P_KEY, "P2P_ALLOWED_PEERS": str(p2p.node_id(p2p.CALLER))}
# Seconds of good callers alone, before and after.
WARM_UP, QUIET = 2.0, 15.0
RATIO = 3.0


async def peers(target: Target, findings: Findings) -> None:
    """Attack one way after the other; good callers on all transports are served meanwhile."""
    await quiet(target, WARM_UP, SERVED)
    at_rest, during, reading = await quiet(target, QUIET, SERVED), Probe(SERVED), Probe(SERVED)
    async with during.asking(target):
        await _attack(target, findings, "handshakes", "garbage", "strangers", "streams")
    await quiet(target, WARM_UP, SERVED)
    at_rest = at_rest + await quiet(target, QUIET, SERVED)
    # Pages of some 800 KB.
    await fill(target)
    async with reading.asking(target):
        await _attack(target, findings, "readers")
    ratios = {name: during.p99(name) / at_rest.p99(name) for name in during.transports}
    findings.add(
        *("peers", "all", "good callers until then"),
        ", ".join(f"{name} {ratio:.1f} times" for name, ratio in ratios.items()),
        f"p99 under {RATIO:g} times the one at rest, all served",
        max(ratios.values()) < RATIO and not during.failed,
    )
    findings.add(
        *("peers", "all", "good callers, while others read nothing"),
        reading.told(),
        "all served",
        not reading.failed,
    )


async def _attack(target: Target, findings: Findings, *names: str) -> None:
    """Attack from another process, whose work must not delay the good callers of this one."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.drill.hostile.peer_attacks"),
        *(str(target.ports["p2p"]), str(target.process.pid), *names),
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await child.communicate()
    if child.returncode:
        raise RuntimeError(f"the attacks {', '.join(names)} failed")
    for row in json.loads(printed):
        findings.add(*row)
