"""`GET /livez` while jobs block and compute: `./run bench -- offload`.

A worker has eight jobs of each kind under way at any time, in its executors. With their default
sizes, all that block run at once, and one of the others for each processor but one. It ends with 1
if one of a hundred answers takes longer than 50 ms then. The third side has a process for each job.
"""

import argparse
import asyncio
import shutil
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from statistics import quantiles

import httpx

from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Programs, programs

BUSY = 8
# Milliseconds.
LONGEST = 50.0
PAUSE = 0.005
LOAD = Path(__file__).parent / "inside" / "offloaded.py"
ROLES = ("serve", "--server", "worker")


def measured(
    on: Programs, busy: int, seconds: float, processes: int = 0
) -> Callable[[], Awaitable[Sample]]:
    """Return what measures the 99th percentile of the answers' time, in ms."""
    settings = {
        "BUSY": str(busy),
        "EXECUTOR_PROCESSES": str(processes),
        "DATABASE_URL": f"sqlite+aiosqlite:///{on.folder}/offload.db",
    }

    async def measure() -> Sample:
        async with on.run("inside.serve", *ROLES, settings=settings, servers=("ops",)) as process:
            url = f"http://127.0.0.1:{process.ports['ops']}"
            async with httpx.AsyncClient(base_url=url, trust_env=False) as http:
                await until_busy(http, busy)
                times = await answers(http, seconds)
        centiles = quantiles(times, n=100)
        note = f"median {centiles[49]:.2f} ms, longest {max(times):.1f} ms, {len(times):,} answers"
        return Sample(centiles[98], note=note)

    return measure


async def until_busy(http: httpx.AsyncClient, busy: int) -> None:
    """Wait until all jobs that block run, and one that computes."""
    async with asyncio.timeout(60):
        while busy:
            shown = (await http.get("/metrics")).text.splitlines()
            running = f'executor_running{{executor="threads"}} {busy}.0' in shown
            if running and 'executor_running{executor="processes"} 0.0' not in shown:
                break
            await asyncio.sleep(0.1)
    # The processes have then imported what they need.
    await asyncio.sleep(3)


async def answers(http: httpx.AsyncClient, seconds: float) -> list[float]:
    """Return the times of answers, in ms."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        (await http.get("/livez")).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(PAUSE)
    return times


async def main(options: argparse.Namespace) -> int:
    """Print the comparison; return 1 if an answer takes too long."""
    async with programs(roles=["producer", "consumer", "worker"]) as on:
        shutil.copy(LOAD, on.service.path / "src" / "app" / "bootstrap" / "own")
        sides = [
            Side("no jobs", measured(on, 0, options.seconds)),
            Side(f"{BUSY} and {BUSY} jobs", measured(on, BUSY, options.seconds)),
            Side(f"{BUSY} and {BUSY} at once", measured(on, BUSY, options.seconds, BUSY)),
        ]
        await alternate(sides, options.rounds)
        report("offload", "GET /livez, 99th percentile", "ms", sides)
    slowest = max(sample.value for sample in sides[1].samples)
    print(f"with jobs: {slowest:.1f} ms at most, {LONGEST:.0f} are allowed")
    return int(slowest > LONGEST)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- offload", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10)
    sys.exit(asyncio.run(main(parser.parse_args())))
