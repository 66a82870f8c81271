"""The cost of relaying an event: `./run bench -- relay --rounds 5 --count 50000`.

So many events wait in the outbox. The service's relay claims them, publishes them with confirms and
deletes the confirmed ones. On the other side, aio-pika publishes the same bodies with confirms, as
many at the same time, and stores nothing. The clock runs from the first message in the queue until
the outbox is empty, or until the last confirm.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Mapping
from datetime import UTC, datetime
from uuid import UUID, uuid4

import asyncpg

from benchmarks import versions, watch
from benchmarks.events import KINDS, event
from benchmarks.register import NO_MARK, PRODUCER
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Stand, stand
from tools.drill import look
from tools.process import Process
from tools.usage import processor_time

COLUMNS = ("id", "routing_key", "body", "attempts", "due_at")
# Rows that are due at once, as the service writes them.
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class Relay:
    """Measures one side after the other, with the same outbox and the same queue."""

    def __init__(self, on: Stand, settings: Mapping[str, str], count: int) -> None:
        self._on = on
        self._settings = settings
        self._rows = [row(number) for number in range(count)]

    async def bare(self) -> Sample:
        """Measure the client library, which leaves the outbox as it is."""
        await watch.clear(self._settings)
        await self._fill()
        exchange = self._settings["BROKER_EXCHANGE"]
        with watch.queue(self._settings) as queue:
            running = self._on.run(
                "inside.bare_publisher", exchange, settings=self._settings, servers=()
            )
            async with running as process:
                return await self._time(process, queue, self._done(process))

    async def relayed(self) -> Sample:
        """Measure a producer, to which the outbox is filled while it runs."""
        await watch.clear(self._settings)
        with watch.queue(self._settings) as queue:
            async with self._on.serve(*PRODUCER, settings=self._settings) as process:
                await self._fill()
                return await self._time(process, queue, self._emptied(queue))

    async def _fill(self) -> None:
        connection = await asyncpg.connect(self._settings["DATABASE_URL"].replace("+asyncpg", ""))
        try:
            await connection.copy_records_to_table("outbox", records=self._rows, columns=COLUMNS)
        finally:
            await connection.close()

    async def _time(self, process: Process, queue: watch.Queue, end: Awaitable[None]) -> Sample:
        await queue.reaches(1)
        began, used = time.perf_counter(), processor_time(process.pid)
        await end
        took = time.perf_counter() - began
        used = processor_time(process.pid) - used
        url, name, count = (
            self._settings["BROKER_URL"],
            self._settings["BROKER_QUEUE"],
            len(self._rows),
        )
        if not await look.depth_soon(url, name, count):
            raise RuntimeError(f"the queue does not hold the {count} events of the outbox")
        return Sample(count / took, used / count * 1e6, f"{took:.2f} s")

    async def _done(self, process: Process) -> None:
        async with asyncio.timeout(watch.PATIENCE):
            while "done" not in process.lines:
                await asyncio.sleep(watch.LOOK)

    async def _emptied(self, queue: watch.Queue) -> None:
        # Cheaper to look at, as long as the outbox cannot be empty.
        await queue.reaches(len(self._rows))
        await watch.drained(self._settings["DATABASE_URL"])


def row(number: int) -> tuple[UUID, str, bytes, int, datetime]:
    """Return a row of the outbox, as the service would have written it."""
    key = f"notification.{KINDS[number % len(KINDS)]}.user-{number % 9973}"
    return uuid4(), key, event(number), 0, AT_ONCE


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with stand(durable=options.durable) as on:
        found = await versions.servers(on.servers.settings)
        settings = await on.settings("relay", OUTBOX_MARK=NO_MARK)
        async with on.serve("serve", "--role", "consumer", settings=settings):
            await watch.bind(settings)
        relay = Relay(on, settings, options.count)
        sides = [
            Side("aio-pika, confirms each", relay.bare),
            Side("service", relay.relayed, at_least=0.8),
        ]
        await alternate(sides, options.rounds)
    report("relay", f"{options.count:,} events in the outbox", "events/s", sides, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- relay", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
