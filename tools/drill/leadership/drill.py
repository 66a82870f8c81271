"""`leadership`: three workers, and each job once per tick while leaders are killed and frozen."""

import asyncio
import os
import signal
from collections.abc import Mapping
from datetime import UTC, datetime

import httpx

from tools.drill import look
from tools.drill.leadership.record import Record
from tools.drill.leadership.ticking import JOBS, TABLE, add_ticking
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.process import Process
from tools.service import Service

SECONDS = 180.0
LEASE = 5.0
FROZEN = 20.0
WORKERS = 3
PLACES = ("database", "cache")
LEADS = 'role_leader{role="worker"}'


async def leadership(stage: Stage, seconds: float = SECONDS) -> bool:
    """Kill the leader twice and freeze it once, with its lock in either place."""
    service = stage.service("ticker", ["worker"], ())
    add_ticking(service)
    results = [await _run(stage, service, place, seconds) for place in PLACES]
    return all(results)


async def _run(stage: Stage, service: Service, place: str, seconds: float) -> bool:
    verdict = Verdict(f"{stage.name}: {WORKERS} workers for {seconds:g} s, LOCKS={place}")
    settings = await stage.settings(service, place, LOCKS=place)
    url = settings["DATABASE_URL"]
    await look.rows(url, TABLE)
    workers = [await _worker(stage, service, settings) for _ in range(WORKERS)]
    part = seconds / 4
    gone: list[tuple[str, datetime, int]] = []
    for number in (1, 2):
        await asyncio.sleep(part)
        leader = await _leader(workers)
        gone.append((f"killed, the {number}. time", datetime.now(UTC), leader.pid))
        await stage.kill(leader)
        workers.remove(leader)
        workers.append(await _worker(stage, service, settings))
    await asyncio.sleep(part)
    leader = await _leader(workers)
    gone.append((f"frozen for {FROZEN:g} s", datetime.now(UTC), leader.pid))
    os.kill(leader.pid, signal.SIGSTOP)
    await asyncio.sleep(min(FROZEN, max(part, 2 * LEASE)))
    os.kill(leader.pid, signal.SIGCONT)
    await asyncio.sleep(part)
    leaders = [await _leads(worker) for worker in workers].count(True)
    for worker in workers:
        await worker.end()
    _judge(verdict, await Record.read(url), gone)
    verdict.equal("leaders at the end", leaders, 1)
    return verdict.show()


def _judge(verdict: Verdict, record: Record, gone: list[tuple[str, datetime, int]]) -> None:
    for job in JOBS:
        done = sum(run.job == job for run in record.finished)
        verdict.equal(f"runs of {job}, one for each tick", done, record.ticks(job))
    verdict.equal("ticks that were missed", record.missed(), 0)
    verdict.equal("ticks that were finished twice", record.repeated(), 0)
    verdict.equal("runs that overlap", record.overlaps(), 0)
    verdict.equal("runs under an older token than the one before", record.unfenced(), 0)
    verdict.holds("  tokens", True, len({run.token for run in record.runs}))
    for what, since, pid in gone:
        seen = record.takeover(since, pid)
        in_time = seen is not None and seen < 2 * LEASE
        verdict.holds(f"{what}: another leads in time", in_time, f"{seen or 0:.1f} s")
    for number, (pid, count) in enumerate(record.by_process().most_common(), 1):
        verdict.holds(f"  runs of process {number}", True, f"{count} ({pid})")
    unfinished = len(record.runs) - len(record.finished)
    verdict.holds("  runs that ended with their process", True, unfinished)


async def _worker(stage: Stage, service: Service, settings: Mapping[str, str]) -> Process:
    return await stage.serve(service, settings, "--server", "worker", transports=())


async def _leader(workers: list[Process]) -> Process:
    """Return the worker that leads, as soon as one does."""
    async with asyncio.timeout(30):
        while True:
            for worker in workers:
                if await _leads(worker):
                    return worker
            await asyncio.sleep(0.1)


async def _leads(worker: Process) -> bool:
    async with httpx.AsyncClient(timeout=5, trust_env=False) as http:
        page = (await http.get(f"{worker.ops_url}/metrics")).text
    return f"{LEADS} 1.0" in page.splitlines()
