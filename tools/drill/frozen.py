"""Frozen: a consumer stops in the middle of its journal transaction; its neighbour goes on."""

import asyncio
import os
import random
import signal
import time

from tools.drill import look
from tools.drill.load import Load
from tools.drill.stage import Stage
from tools.drill.verdict import Verdict

COUNT = 10_000
LIMIT = 6.0

HOLDER = """
    SELECT a.pid, a.client_port FROM pg_locks l JOIN pg_stat_activity a USING (pid)
    WHERE l.locktype = 'advisory' AND l.granted AND a.state LIKE 'idle in transaction%'
"""


async def frozen(stage: Stage, count: int = COUNT) -> bool:
    """Freeze one of two consumers while it holds the journal's lock."""
    verdict = Verdict(f"{stage.name}: a consumer is frozen inside its journal transaction")
    service = stage.service("drill", ["producer", "consumer"])
    settings = await stage.settings(service)
    url = settings["DATABASE_URL"]
    first = await stage.serve(service, settings, "--role", "consumer")
    await stage.serve(service, settings, "--role", "consumer")
    producer = await stage.serve(service, settings, "--role", "producer")
    load = Load([producer.url], count)
    loading = asyncio.create_task(load.run())
    await load.reached(0.1)
    caught = await _freeze_holder(url, first.pid)
    verdict.holds("frozen while it held the lock", caught)
    try:
        before = await _head(url)
        began = time.monotonic()
        while await _head(url) == before and time.monotonic() - began < 2 * LIMIT:
            await asyncio.sleep(0.05)
        waited = time.monotonic() - began
        verdict.holds(f"the other goes on within {LIMIT:g} s", waited < LIMIT, f"{waited:.1f} s")
        await asyncio.sleep(2)
    finally:
        os.kill(first.pid, signal.SIGCONT)
    await loading
    verdict.holds("all is drained", await look.drained(settings, settings["BROKER_QUEUE"]))
    await look.stored(url, count)
    found = await look.ids(url, "journal")
    verdict.equal("rows in the journal", found.total(), count)
    verdict.equal("once each", sum(found[i] == 1 for i in load.accepted), count)
    return verdict.show()


async def _freeze_holder(url: str, pid: int) -> bool:
    """Stop the process again and again, until it is stopped with the lock in hand."""
    chance = random.Random(7)
    for _ in range(500):
        os.kill(pid, signal.SIGSTOP)
        holders = [await _holders(url)]
        await asyncio.sleep(0.1)
        holders.append(await _holders(url))
        # Who still holds it after a tenth of a second is the one that stands still.
        if holders[0] and holders[0] == holders[1]:
            return True
        os.kill(pid, signal.SIGCONT)
        await asyncio.sleep(chance.uniform(0.0, 0.05))
    return False


async def _holders(url: str) -> list[int]:
    return [row["pid"] for row in await look.rows(url, HOLDER)]


async def _head(url: str) -> int:
    head: int = (await look.rows(url, "SELECT coalesce(max(position), 0) FROM journal"))[0][0]
    return head
