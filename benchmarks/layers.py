"""The cost of the layers: `./run bench -- layers [register|ingest] --rounds 5 --profile`.

The service, compared with the same work in one flat file (`flat/`). The file has the same libraries
and the same SQL, and no ports, bus, unit of work or container. Both run without a relay, and
without a follower, which have no part in what is compared.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from benchmarks import watch
from benchmarks.consume import CONSUMER, PREFETCH, Consume
from benchmarks.profiles import begun, show
from benchmarks.register import CONNECTIONS, NO_MARK, PRODUCER, WITHOUT_RELAY, Register
from benchmarks.rounds import FOLDER, Sample, Side, alternate, report
from benchmarks.stand import Stand, stand
from tools.process import Process

AT_LEAST = 0.90

Running = AbstractAsyncContextManager[Process]


async def register(on: Stand, options: argparse.Namespace) -> None:
    """Compare what accepting a notification costs."""
    settings = await on.settings("register", OUTBOX_MARK=NO_MARK)
    load = Register(on, options.seconds)

    def flat(*arguments: str) -> Running:
        return on.run("flat.register", *arguments, settings=settings)

    def layered(*arguments: str) -> Running:
        return on.serve(*arguments, *WITHOUT_RELAY, *PRODUCER, settings=settings)

    title = f"register, {CONNECTIONS} connections, {options.seconds} s, relay off"
    await compare(
        options, title, "answers/s", flat, layered, lambda running: load.stored(running, settings)
    )


async def ingest(on: Stand, options: argparse.Namespace) -> None:
    """Compare what taking a notification in costs."""
    settings = await on.settings("ingest", BROKER_PREFETCH=str(PREFETCH))
    async with on.serve(*CONSUMER, settings=settings):
        await watch.bind(settings)
    load = Consume(on, settings, options.count)

    def flat(*arguments: str) -> Running:
        return on.run("flat.ingest", *arguments, settings=settings, servers=())

    def layered(*arguments: str) -> Running:
        without = (*WITHOUT_RELAY, "--without", "follower")
        return on.serve(*arguments, *without, *CONSUMER, settings=settings)

    title = f"ingest, {options.count:,} events in the queue, prefetch {PREFETCH}"
    await compare(options, title, "events/s", flat, layered, load.stored)


async def compare(
    options: argparse.Namespace,
    title: str,
    unit: str,
    flat: Callable[..., Running],
    layered: Callable[..., Running],
    measure: Callable[[Running], Awaitable[Sample]],
) -> None:
    """Print the comparison and, where asked for, where the time goes on both sides."""
    name = title.partition(",")[0]
    sides = [
        Side("flat", lambda: measure(flat())),
        Side("service", lambda: measure(layered()), at_least=AT_LEAST),
    ]
    await alternate(sides, options.rounds)
    report(f"layers-{name}", title, unit, sides)
    if options.profile:
        for side, running in (("flat", flat), ("service", layered)):
            path = FOLDER / f"layers-{name}-{side}.json"
            await measure(begun(running("--profile", str(path))))
            show(f"{name}, {side}", path)


PARTS = {part.__name__: part for part in (register, ingest)}


async def main(options: argparse.Namespace) -> None:
    """Print the comparisons that were asked for."""
    async with stand(durable=options.durable) as on:
        for name in options.part or PARTS:
            await PARTS[name](on, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- layers", description=__doc__)
    parser.add_argument("part", nargs="*", choices=[[], *PARTS], help="both by default")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
