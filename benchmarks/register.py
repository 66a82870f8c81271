"""The cost of accepting a notification: `./run bench -- register --rounds 5 --seconds 30`.

The service, with its relay and without, is compared with a handler on the same server. The handler
validates, answers and stores nothing. Every answer must be 2xx, and every accepted notification
must be stored and, where the relay runs, published.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import AbstractAsyncContextManager

from benchmarks import watch, wrk
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Stand, stand
from tools.drill import look
from tools.process import Process
from tools.usage import processor_time

CONNECTIONS = 64
WARM_UP = 1
# Seconds after the load in which the outbox must be empty.
DRAINED = 5.0
# The outbox is let grow as far as it will.
NO_MARK = str(10**9)

PRODUCER = ("serve", "--role", "producer")
WITHOUT_RELAY = ("--without", "relay")

Running = AbstractAsyncContextManager[Process]


class Register:
    """Measures one side after the other."""

    def __init__(self, on: Stand, seconds: int) -> None:
        self._on = on
        self._seconds = seconds

    async def bare(self) -> Sample:
        """Measure the handler that keeps nothing."""
        async with self._on.run("inside.bare_http", settings={}) as process:
            return (await self.load(process))[0]

    async def relayed(self, running: Running, settings: Mapping[str, str]) -> Sample:
        """Measure a producer, and wait until all that it accepted is in the broker's queue."""
        async with running as process:
            await self._warm_up(process, settings)
            sample, answered = await self.load(process)
            took = await watch.drained(settings["DATABASE_URL"])
            accepted = await self.accepted(settings, answered)
            if not await look.depth_soon(
                settings["BROKER_URL"], settings["BROKER_QUEUE"], accepted
            ):
                raise RuntimeError(f"{accepted} accepted, and another number published")
        late = "" if took <= DRAINED else f", more than {DRAINED:g} s"
        told = f"{sample.note}, " if sample.note else ""
        note = f"{told}{accepted:,} stored and published, outbox empty after {took:.1f} s{late}"
        return Sample(sample.value, sample.cpu, note)

    async def stored(self, running: Running, settings: Mapping[str, str]) -> Sample:
        """Measure a producer that has no relay: what it accepts stays in the outbox."""
        async with running as process:
            await self._warm_up(process, settings)
            sample, answered = await self.load(process)
            accepted = await self.accepted(settings, answered)
            waiting = await watch.rows(settings["DATABASE_URL"], "outbox")
        if waiting != accepted:
            raise RuntimeError(f"{accepted} notifications, and {waiting} events in the outbox")
        return Sample(sample.value, sample.cpu, f"{accepted:,} stored")

    async def _warm_up(self, process: Process, settings: Mapping[str, str]) -> None:
        await wrk.load(process.url, WARM_UP, CONNECTIONS)
        await watch.settled(settings["DATABASE_URL"], "notifications")
        if settings.get("OUTBOX_MARK") != NO_MARK:
            await watch.drained(settings["DATABASE_URL"])
        await watch.clear(settings)

    async def load(self, process: Process, path: str = "") -> tuple[Sample, int]:
        """Measure a process under load; return also how many requests were answered."""
        before = processor_time(process.pid)
        result = await wrk.load(f"{process.url}{path}", self._seconds, CONNECTIONS)
        used = processor_time(process.pid) - before
        return Sample(result.rate, used / result.requests * 1e6), result.requests

    async def accepted(self, settings: Mapping[str, str], answered: int) -> int:
        """Return how many were stored: the answered ones, and at most one more for each connection,
        because wrk stops without its last answers.
        """
        count = await watch.settled(settings["DATABASE_URL"], "notifications")
        if not answered <= count <= answered + CONNECTIONS:
            raise RuntimeError(f"{answered} were answered with 202, and {count} are stored")
        return count


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with stand(durable=options.durable) as on:
        register = Register(on, options.seconds)
        relayed = await on.settings("relayed")
        stored = await on.settings("stored", OUTBOX_MARK=NO_MARK)
        async with on.serve("serve", "--role", "consumer", settings=relayed):
            await watch.bind(relayed)

        def producer(*changes: str) -> Awaitable[Sample]:
            return register.relayed(on.serve(*changes, *PRODUCER, settings=relayed), relayed)

        def without_relay() -> Awaitable[Sample]:
            running = on.serve(*WITHOUT_RELAY, *PRODUCER, settings=stored)
            return register.stored(running, stored)

        sides = [
            Side("Litestar, keeps nothing", register.bare),
            Side("service", producer, at_least=0.40),
            Side("service, relay off", without_relay, at_least=0.65),
        ]
        if options.logged:
            sides.append(Side("service, request log on", lambda: producer("--logged")))
        await alternate(sides, options.rounds)
    title = f"POST /notifications, {CONNECTIONS} connections, {options.seconds} s"
    report("register", title, "answers/s", sides)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- register", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--logged", action="store_true", help="with a side that logs each request")
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
