"""How throughput grows with processes: `./run bench -- scale [register|consume] --rounds 3`.

One, two and four producers take the same load, which is shared out among them; one, two and four
consumers empty the same queue. Each line has the processors that each program used, and the size of
PostgreSQL's log (WAL). So it shows the first limit. For consumers it also has the rows in the
database afterwards.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack

from benchmarks import shares, watch, wrk
from benchmarks.consume import CONSUMER, PREFETCH
from benchmarks.events import preload
from benchmarks.register import CONNECTIONS, PRODUCER
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Stand, stand
from tools.drill import look
from tools.process import Process
from tools.usage import processor_time

PROCESSES = (1, 2, 4)
WARM_UP = 1
# The load must be accepted, not refused.
NO_MARK = {"OUTBOX_MARK": str(10**9)}
_WAL = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
_SIZE = "SELECT pg_database_size(current_database())"


class Scale:
    """Measures so many processes of one role."""

    def __init__(self, on: Stand, settings: Mapping[str, str], options: argparse.Namespace) -> None:
        self._on = on
        self._settings = settings
        self._options = options

    async def register(self, processes: int) -> Sample:
        """Measure producers, with their relays, and check that all is published."""
        url, seconds = self._settings["DATABASE_URL"], self._options.seconds
        async with AsyncExitStack() as stack:
            producers = await self._serve(stack, PRODUCER, processes)
            await self._load(producers, WARM_UP)
            await watch.drained(url)
            await watch.clear(self._settings)
            used, wal = _used(producers), await self._ask(_WAL)
            with shares.watched() as who:
                answered = await self._load(producers, seconds)
            used, wal = _used(producers) - used, await self._ask(_WAL) - wal
            await watch.settled(url, "notifications")
            await watch.drained(url)
            stored = await watch.rows(url, "notifications")
            queue = self._settings["BROKER_URL"], self._settings["BROKER_QUEUE"]
            if not answered <= stored <= answered + CONNECTIONS:
                raise RuntimeError(f"{answered} were answered, and {stored} are stored")
            if not await look.depth_soon(*queue, stored):
                raise RuntimeError(f"{stored} are stored, and another number is published")
        note = f"processors: {who}; {wal / answered:,.0f} bytes of WAL for each"
        return Sample(answered / seconds, used / answered * 1e6, note)

    async def consume(self, processes: int) -> Sample:
        """Measure consumers from when all of them consume to the last row."""
        count = self._options.count
        await preload(self._settings, count)
        empty = await self._ask(_SIZE)
        async with AsyncExitStack() as stack:
            consumers = await self._serve(stack, CONSUMER, processes)
            before = await watch.rows(self._settings["DATABASE_URL"], "journal")
            used, wal, began = _used(consumers), await self._ask(_WAL), time.perf_counter()
            with shares.watched() as who:
                async with asyncio.timeout(watch.PATIENCE):
                    while await watch.rows(self._settings["DATABASE_URL"], "journal") < count:
                        await asyncio.sleep(0.05)
            took = time.perf_counter() - began
            used, wal = _used(consumers) - used, await self._ask(_WAL) - wal
        done = count - before
        if done < count // 2:
            raise RuntimeError(f"only {done:,} were left once all consumed: give a larger --count")
        size = (await self._ask(_SIZE) - empty) / count
        note = f"processors: {who}; for each {wal / done:,.0f} bytes of WAL, {size:,.0f} at rest"
        note += f"; {done:,} timed"
        return Sample(done / took, used / done * 1e6, note)

    async def _serve(
        self, stack: AsyncExitStack, role: tuple[str, ...], processes: int
    ) -> list[Process]:
        running = [self._on.serve(*role, settings=self._settings) for _ in range(processes)]
        return await asyncio.gather(*map(stack.enter_async_context, running))

    async def _load(self, producers: list[Process], seconds: float) -> int:
        each = CONNECTIONS // len(producers)
        loads = (wrk.load(process.url, seconds, each) for process in producers)
        return sum(result.requests for result in await asyncio.gather(*loads))

    async def _ask(self, query: str) -> int:
        rows = await look.rows(self._settings["DATABASE_URL"], query)
        return int(rows[0][0])


def _used(processes: list[Process]) -> float:
    return sum(processor_time(process.pid) for process in processes)


def sides(what: str, measure: Callable[[int], Awaitable[Sample]]) -> list[Side]:
    """Return a side for each number of processes."""

    def side(processes: int) -> Side:
        name = f"{processes} {what}{'s' if processes > 1 else ''}"
        return Side(name, lambda: measure(processes))

    return [side(processes) for processes in PROCESSES]


async def main(options: argparse.Namespace) -> None:
    """Print both comparisons, or one."""
    async with stand(durable=options.durable) as on:
        settings = await on.settings("scale", BROKER_PREFETCH=str(PREFETCH), **NO_MARK)
        async with on.serve(*CONSUMER, settings=settings):
            await watch.bind(settings)
        scale = Scale(on, settings, options)
        if options.part in (None, "register"):
            producers = sides("producer", scale.register)
            await alternate(producers, options.rounds)
            title = f"register, {CONNECTIONS} connections, {options.seconds:g} s, relays on"
            report("scale-register", title, "answers/s", producers)
        if options.part in (None, "consume"):
            consumers = sides("consumer", scale.consume)
            await alternate(consumers, options.rounds)
            title = f"consume, {options.count:,} events in the queue"
            report("scale-consume", title, "events/s", consumers)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- scale", description=__doc__)
    parser.add_argument("part", nargs="?", choices=("register", "consume"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument("--count", type=int, default=100_000)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
