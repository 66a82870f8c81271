"""Frozen: a consumer freezes again and again under load; the other replica continues at once."""

import asyncio
import os
import random
import signal
import time

from tools.drill import look
from tools.drill.load import Load
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict

COUNT = 30_000
FREEZES = 10
LIMIT = 2.0

# The process that holds the journal's lock while the server waits for its next statement.
HOLDER = """
    SELECT a.pid FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND a.state LIKE 'idle in transaction%'
"""


async def frozen(stage: Stage, count: int = COUNT) -> bool:
    """Freeze one of two consumers wherever it happens to be in its work."""
    verdict = Verdict(f"{stage.name}: a consumer is frozen under load, again and again")
    service = stage.service("drill", ["producer", "consumer"])
    settings = await stage.settings(service)
    url = settings["DATABASE_URL"]
    first = await stage.serve(service, settings, "--role", "consumer")
    await stage.serve(service, settings, "--role", "consumer")
    producer = await stage.serve(service, settings, "--role", "producer")
    load = Load([producer.url], count)
    loading = asyncio.create_task(load.run())
    await load.reached(0.1)
    waits: list[float] = []
    locks = 0
    chance = random.Random(7)
    while not loading.done() and len(waits) < FREEZES:
        os.kill(first.pid, signal.SIGSTOP)
        try:
            waits.append(await _until_the_other_goes_on(url))
            locks += len(await look.rows(url, HOLDER))
        finally:
            os.kill(first.pid, signal.SIGCONT)
        await asyncio.sleep(chance.uniform(0.05, 0.3))
    verdict.equal("freezes under load", len(waits), FREEZES)
    verdict.equal("locks that a frozen one held", locks, 0)
    verdict.holds(
        f"the other went on within {LIMIT:g} s", max(waits) < LIMIT, f"{max(waits):.2f} s"
    )
    await loading
    verdict.holds("all is drained", await look.drained(settings, settings["BROKER_QUEUE"]))
    await look.stored(url, count)
    found = await look.ids(url, "journal")
    verdict.equal("rows in the journal", found.total(), count)
    verdict.equal("once each", sum(found[i] == 1 for i in load.accepted), count)
    return verdict.show()


async def _until_the_other_goes_on(url: str) -> float:
    """Return how long the journal stands still, in seconds; at most a little more than `LIMIT`."""
    # The server may still execute a statement that it got before the freeze.
    await asyncio.sleep(0.1)
    before, began = await _head(url), time.monotonic()
    while await _head(url) == before and time.monotonic() - began < LIMIT:
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def _head(url: str) -> int:
    head: int = (await look.rows(url, "SELECT coalesce(max(position), 0) FROM journal"))[0][0]
    return head
