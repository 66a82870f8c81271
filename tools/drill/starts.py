"""How soon a process is ready, and what it holds then."""

import asyncio
import statistics
import time
from collections.abc import Mapping, Sequence

import httpx

from tools.drill.stage import Stage
from tools.drill.table import show
from tools.drill.verdict import Verdict
from tools.process import Process, free_port
from tools.service import Service
from tools.usage import resident

ROUNDS = 5
LIMIT = 4.0
EVERY = 0.005
# Seconds after which what a start has needed is freed again.
REST = 1.0
PATIENCE = 30.0
MIB = 2**20


async def starts(
    stage: Stage, service: Service, settings: Mapping[str, str], transports: Sequence[str]
) -> bool:
    """Start it with all transports, and with http alone, several times; print medians."""
    verdict = Verdict(f"{stage.name}: ready within {LIMIT:g} s with {', '.join(transports)}")
    rows = []
    for chosen in (transports, transports[:1]):
        # A round that does not count: the disk's cache is cold.
        rounds = [await _start(stage, service, settings, chosen) for _ in range(ROUNDS + 1)][1:]
        seconds, sizes = [took for took, _ in rounds], [size for _, size in rounds]
        median = statistics.median(seconds)
        span = f"{min(seconds):.2f} to {max(seconds):.2f}"
        rows.append((", ".join(chosen), median, span, statistics.median(sizes) / MIB))
        if chosen is transports:
            verdict.holds(f"ready, the median of {ROUNDS}", median < LIMIT, f"{median:.2f} s")
    columns = ("servers", "ready, s", "least to most", "memory at rest, MiB")
    show(f"{stage.name}: start on PostgreSQL, RabbitMQ and Redis, both roles", columns, rows)
    return verdict.show()


async def _start(
    stage: Stage, service: Service, settings: Mapping[str, str], transports: Sequence[str]
) -> tuple[float, int]:
    """Return the seconds until `/readyz` says so, and the bytes of memory at rest."""
    port = free_port()
    fixed = {**settings, "OPS_PORT": str(port)}
    arguments = [word for name in transports for word in ("--server", name)]
    began = time.monotonic()
    ready = asyncio.create_task(_ready(f"http://127.0.0.1:{port}/readyz"))
    process: Process = await stage.serve(service, fixed, *arguments, transports=transports)
    took = await ready - began
    await asyncio.sleep(REST)
    size = resident(process.pid)
    await process.end()
    return took, size


async def _ready(url: str) -> float:
    """Return when it answered 200."""
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient() as http:
        while True:
            try:
                if (await http.get(url)).status_code == 200:
                    return time.monotonic()
            except httpx.TransportError:
                pass
            await asyncio.sleep(EVERY)
