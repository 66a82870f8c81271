"""The cost of ingesting a notification: `./run bench -- consume --rounds 5 --count 50000`.

So many events wait in the queue. The service's consumer stores each in journal and hypertable,
caches it, wakes the streams and acks. The other side is aio-pika, which acks each delivery and
stores nothing. The clock runs from the first delivery to the last ack, or to the last row.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from benchmarks import watch
from benchmarks.events import preload
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Stand, stand
from tools.drill import look
from tools.process import Process
from tools.usage import processor_time

PREFETCH = 1000

CONSUMER = ("serve", "--role", "consumer")


class Consume:
    """Measures one side after the other on the same queue."""

    def __init__(self, on: Stand, settings: Mapping[str, str], count: int) -> None:
        self._on = on
        self._settings = settings
        self._count = count

    async def bare(self) -> Sample:
        """Measure the client library."""
        await preload(self._settings, self._count)
        arguments = (self._settings["BROKER_QUEUE"], str(PREFETCH), str(self._count))
        running = self._on.run(
            "inside.bare_consumer", *arguments, settings=self._settings, servers=()
        )
        with watch.queue(self._settings) as queue:
            async with running as process:
                return await self._time(process, queue, self._done(process))

    async def stored(
        self,
        running: AbstractAsyncContextManager[Process],
        tables: Sequence[str] = ("journal", "notifications"),
    ) -> Sample:
        """Measure a consumer, and hold what it has stored against what there was."""
        await preload(self._settings, self._count)
        with watch.queue(self._settings) as queue:
            async with running as process:
                sample = await self._time(process, queue, self._stored(tables[0]))
        # Unacked deliveries come back when the process ends.
        left = await look.depth(self._settings["BROKER_URL"], self._settings["BROKER_QUEUE"])
        found = [await self._rows(table) for table in tables]
        if left or found != [self._count] * len(tables):
            raise RuntimeError(f"of {self._count} events {found} rows were made, {left} are left")
        return sample

    async def _time(self, process: Process, queue: watch.Queue, end: Awaitable[None]) -> Sample:
        await queue.below(self._count)
        began, used = time.perf_counter(), processor_time(process.pid)
        await queue.below(1)
        await end
        took = time.perf_counter() - began
        used = processor_time(process.pid) - used
        return Sample(self._count / took, used / self._count * 1e6, f"{took:.2f} s")

    async def _done(self, process: Process) -> None:
        async with asyncio.timeout(watch.PATIENCE):
            while "done" not in process.lines:
                await asyncio.sleep(watch.LOOK)

    async def _stored(self, table: str) -> None:
        began = time.perf_counter()
        async with asyncio.timeout(watch.PATIENCE):
            while await self._rows(table) < self._count:
                # Looking costs the database something: the longer it takes, the rarer.
                await asyncio.sleep(max(watch.LOOK, 0.005 * (time.perf_counter() - began)))

    async def _rows(self, table: str) -> int:
        return await watch.rows(self._settings["DATABASE_URL"], table)


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with stand(durable=options.durable) as on:
        settings = await on.settings("consume", BROKER_PREFETCH=str(PREFETCH))
        async with on.serve(*CONSUMER, settings=settings):
            await watch.bind(settings)
        consume = Consume(on, settings, options.count)

        def consumer() -> Awaitable[Sample]:
            return consume.stored(on.serve(*CONSUMER, settings=settings))

        sides = [
            Side("aio-pika, acks each", consume.bare),
            Side("service", consumer, at_least=0.65),
        ]
        await alternate(sides, options.rounds)
    title = f"{options.count:,} events in the queue, prefetch {PREFETCH}"
    report("consume", title, "events/s", sides)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- consume", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
