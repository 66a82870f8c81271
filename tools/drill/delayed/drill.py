"""`delayed`: events come at their time, while the service restarts and a replica is killed."""

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from tools.drill import look
from tools.drill.delayed.planning import MODULE, TABLES
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.process import Process

COUNT = 10_000
# Seconds over which the times are spread, and from the plan to the first of them.
SECONDS = 30.0
AHEAD = 40.0
LATE = timedelta(seconds=2)
REPLICAS = 2


async def delayed(stage: Stage, count: int = COUNT, seconds: float = SECONDS) -> bool:
    """Restart all replicas while the events wait; kill and restart one each while they come."""
    verdict = Verdict(f"{stage.name}: {count:,} delayed events, due within {seconds:g} s")
    service = stage.service("delayer", ["producer", "consumer"])
    (service.path / "src/app/bootstrap/own/planning.py").write_text(MODULE)
    settings = await stage.settings(service)
    url = settings["DATABASE_URL"]
    for table in TABLES:
        await look.rows(url, table)
    replicas = [await stage.serve(service, settings) for _ in range(REPLICAS)]

    first = datetime.now(UTC) + timedelta(seconds=AHEAD)
    gap = timedelta(seconds=seconds / count)
    await look.rows(url, "INSERT INTO plan VALUES (0, $1, $2, $3)", count, first, gap)
    planned = await _soon(url, "SELECT count(*) FROM delayed_events", count, AHEAD)
    verdict.equal("events that wait in the database", planned, count)
    for replica in replicas:
        await replica.end()
    replicas = [await stage.serve(service, settings) for _ in range(REPLICAS)]
    left = (first - datetime.now(UTC)).total_seconds()
    verdict.holds("all replicas have restarted before the first time", left > 0, f"{left:.1f} s")

    await asyncio.sleep(max(0.0, left) + seconds / 3)
    killed, ended = replicas
    await stage.kill(killed)
    replicas = [ended, await stage.serve(service, settings)]
    await _sleep_until(first + timedelta(seconds=seconds * 2 / 3))
    verdict.equal("exit code of the replica that is stopped", await ended.end(), 0)
    replicas = [replicas[1], await stage.serve(service, settings)]
    await _soon(url, "SELECT count(DISTINCT number) FROM arrivals", count, 2 * seconds)
    await asyncio.sleep(LATE.total_seconds())
    _judge(verdict, await look.rows(url, "SELECT * FROM arrivals"), count)
    await _is_empty(verdict, url, replicas)
    return verdict.show()


def _judge(verdict: Verdict, arrivals: Sequence[Mapping[str, Any]], count: int) -> None:
    numbers = Counter(row["number"] for row in arrivals)
    late = sorted(row["arrived"] - row["due"] for row in arrivals) or [timedelta.max]
    verdict.equal("lost", len(set(range(count)) - numbers.keys()), 0)
    verdict.equal("doubled", sum(times > 1 for times in numbers.values()), 0)
    verdict.equal("early", sum(each < timedelta() for each in late), 0)
    verdict.equal(f"later than {LATE.total_seconds():g} s", sum(each > LATE for each in late), 0)
    for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1.0)):
        seen = late[min(int(len(late) * share), len(late) - 1)]
        verdict.holds(f"  lateness, {name}", True, f"{seen.total_seconds() * 1000:,.0f} ms")


async def _is_empty(verdict: Verdict, url: str, replicas: Sequence[Process]) -> None:
    for replica in replicas:
        await replica.end()
    for table in ("delayed_events", "outbox"):
        [[left]] = await look.rows(url, f"SELECT count(*) FROM {table}")
        verdict.equal(f"rows that are left in {table}", left, 0)


async def _soon(url: str, query: str, wanted: int, seconds: float) -> int:
    """Wait until the query counts as many, at most so many seconds, and return its count."""
    end = datetime.now(UTC) + timedelta(seconds=seconds)
    while True:
        [[found]] = await look.rows(url, query)
        if found >= wanted or datetime.now(UTC) > end:
            return int(found)
        await asyncio.sleep(0.2)


async def _sleep_until(time: datetime) -> None:
    await asyncio.sleep(max(0.0, (time - datetime.now(UTC)).total_seconds()))
