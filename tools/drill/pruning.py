"""Pruning: millions of old events are pruned from the journal while callers hardly notice."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from statistics import quantiles

from tools.client.pace import at_pace
from tools.client.poster import Poster
from tools.drill import look
from tools.drill.history import NOTIFICATIONS, fill
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict
from tools.process import Process

COUNT = 5_000_000
SECONDS = 60.0
# Requests a second.
RATE = 200.0
DAY = 86_400
# The p99 while the job works, as a multiple of the quiet one.
TIMES = 3.0
# Seconds that the job may take.
PATIENCE = 1800.0

BODY = (
    b'{"receiver":"ada","action_type":"drilled","action_data":{"title":"Your order has changed"}}'
)


async def pruning(stage: Stage, count: int = COUNT, seconds: float = SECONDS) -> bool:
    """Time POST for `seconds` with `count` old events, then while the job removes them."""
    verdict = Verdict(f"{stage.name}: {count:,} events leave the journal, {RATE:g} POST a second")
    both = stage.service("both", ["producer", "consumer"])
    settings = await stage.settings(both)
    url = settings["DATABASE_URL"]
    await fill(url, NOTIFICATIONS, count, datetime.now(UTC) - timedelta(days=2))
    last = (await look.rows(url, "SELECT max(position) FROM journal"))[0][0]

    calm = _Calls()
    async with asyncio.timeout(PATIENCE):
        process = await stage.serve(both, settings)
        await calm.send(process, seconds, asyncio.Event())
        await process.end()
    verdict.equal("quiet: nothing is removed", await _pruned(url), 0)

    busy = _Calls()
    async with asyncio.timeout(PATIENCE):
        process = await stage.serve(both, settings | {"JOURNAL_RETENTION": str(DAY)})
        took = await _while_pruning(busy, process, url, last)
    accepted = len(calm.took) + len(busy.took)
    verdict.equal("refused", calm.refused + busy.refused, 0)
    verdict.holds("outbox and queue empty", await look.drained(settings, settings["BROKER_QUEUE"]))
    await look.stored(url, accepted)
    left = (await look.rows(url, "SELECT count(*), min(position) FROM journal"))[0]
    verdict.equal("left in the journal: what was posted since", left[0], accepted)
    verdict.holds("events removed a second", True, int(count / took))
    verdict.holds("quiet, POST in ms", True, calm.shown())
    verdict.holds("while the job works", True, busy.shown())
    times = busy.p99 / calm.p99
    verdict.holds(f"p99 within {TIMES:g} times the quiet one", times <= TIMES, f"{times:.2f} times")
    return verdict.show()


class _Calls:
    """How long each answer took, in ms, from the moment at which the request was due."""

    def __init__(self) -> None:
        self.took: list[float] = []
        self.refused = 0

    async def send(self, process: Process, seconds: float, stopping: asyncio.Event) -> None:
        """Post at the pace, until `stopping` is set or the time is over."""
        poster = Poster(process.url)

        async def post(_: int, due: int) -> None:
            answer = await poster.post(BODY)
            self.took.append((time.monotonic_ns() - due) / 1e6)
            self.refused += answer.status != 202

        await at_pace(RATE, seconds, post, stopping)
        poster.close()

    @property
    def p99(self) -> float:
        """The time within which 99 of 100 were answered."""
        return quantiles(self.took, n=100)[98]

    def shown(self) -> str:
        """Return the percentiles."""
        parts = quantiles(self.took, n=100)
        return f"p50 {parts[49]:.1f}, p95 {parts[94]:.1f}, p99 {parts[98]:.1f}"


async def _while_pruning(calls: _Calls, process: Process, url: str, last: int) -> float:
    """Call until everything up to the position `last` is gone; return the seconds it took."""
    stopping = asyncio.Event()
    while await _pruned(url) == 0:
        # Within ten seconds of the start.
        await asyncio.sleep(0.1)
    began = time.monotonic()
    calling = asyncio.create_task(calls.send(process, PATIENCE, stopping))
    while await _pruned(url) < last:
        await asyncio.sleep(0.2)
    stopping.set()
    took = time.monotonic() - began
    await calling
    return took


async def _pruned(url: str) -> int:
    found: int = (await look.rows(url, "SELECT pruned FROM journal_epoch"))[0][0]
    return found
