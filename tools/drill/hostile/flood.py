"""Flood: one caller asks as fast as it can, far over its rate, while another is timed."""

import asyncio
import json
import sys

from tools.drill.hostile.findings import Findings
from tools.drill.hostile.flooder import CONNECTIONS
from tools.drill.hostile.probe import NAME, Probe, quiet
from tools.drill.hostile.target import Target
from tools.drill.over.caller import STREAMS, Transport
from tools.usage import processor_time

FLOODER = "flooder"
CALLERS = (NAME, FLOODER)
RATE = 100
SETTINGS = {
    "AUTH": "jwt",
    "AUTH_JWT_KEY": "a secret that is as long as it has to be",
    "RATE_LIMIT": str(RATE),
    "RATE_BURST": str(RATE),
}
# Requests of the good caller go on for a moment before they count.
WARM_UP = 2.0
RATIO = 3.0


async def flood(target: Target, findings: Findings, seconds: float) -> None:
    """Flood each transport in turn for so many seconds; the good caller's p99 may not triple.

    The p99 of a quiet service is measured before and after each.
    """
    await quiet(target, WARM_UP)
    before = await quiet(target, seconds)
    for name in STREAMS:
        during = await _flood(target, findings, name, seconds)
        await quiet(target, WARM_UP)
        after = await quiet(target, seconds)
        _compare(findings, name, before + after, during)
        before = after


async def _flood(target: Target, findings: Findings, name: Transport, seconds: float) -> Probe:
    memory, lasts = target.memory, seconds + 2 * WARM_UP
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.drill.hostile.flooder"),
        *(name, str(target.ports[name]), str(lasts), str(target.service.path)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdin
    assert child.stdout
    child.stdin.write(target.tokens[FLOODER].encode() + b"\n")
    await asyncio.sleep(WARM_UP)
    served, spent = processor_time(target.process.pid), processor_time(child.pid)
    during = Probe()
    async with during.asking(target):
        await asyncio.sleep(seconds)
        # Asked while it is still there.
        served = (processor_time(target.process.pid) - served) / seconds
        spent = (processor_time(child.pid) - spent) / seconds if child.returncode is None else 0.0
        grown = target.memory - memory
    ends: dict[str, int] = json.loads(await child.stdout.read())
    await child.wait()
    findings.add(
        *("flood", name, f"{CONNECTIONS} connections of one caller, {RATE} a second allowed"),
        f"{_told(ends, lasts)}; of a core it took {spent:.0%}, the service {served:.0%}",
        "answered, what is over the rate with a refusal",
        ends.get("rate-limited", 0) + ends.get("resource_exhausted", 0) > 0,
        grown,
    )
    return during


def _compare(findings: Findings, name: Transport, at_rest: Probe, during: Probe) -> None:
    for other in STREAMS:
        ratio = during.p99(other) / at_rest.p99(other)
        findings.add(
            *("flood", name, f"a good caller over {other} meanwhile"),
            f"p99 {at_rest.p99(other):.1f} ms quiet, {during.p99(other):.1f} ms: {ratio:.1f} times",
            f"under {RATIO:g} times, all served",
            ratio < RATIO and not during.failed,
        )


def _told(ends: dict[str, int], seconds: float) -> str:
    return ", ".join(f"{count / seconds:,.0f} a second {end}" for end, count in ends.items())
