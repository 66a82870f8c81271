"""The cost of batching for a single request: `./run bench -- lone --rounds 5 --seconds 10`.

One connection posts one notification after the other. The service is compared with the same route
without a mailbox and without another task, which handles each request by itself.
"""

import argparse
import asyncio
from collections.abc import Mapping

from benchmarks import watch, wrk
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Stand, stand
from tools.usage import processor_time

WARM_UP = 1


async def measure(on: Stand, settings: Mapping[str, str], seconds: int, *changes: str) -> Sample:
    """Return the median time from request to answer, in ms."""
    async with on.serve(*changes, "serve", "--role", "producer", settings=settings) as process:
        await wrk.load(process.url, WARM_UP, connections=1)
        await watch.settled(settings["DATABASE_URL"], "notifications")
        await watch.drained(settings["DATABASE_URL"])
        await watch.clear(settings)
        before = processor_time(process.pid)
        result = await wrk.load(process.url, seconds, connections=1)
        used = processor_time(process.pid) - before
    note = f"99 of 100 within {result.p99:.2f} ms, {result.requests:,} answers"
    return Sample(result.p50, used / result.requests * 1e6, note)


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with stand(durable=options.durable) as on:
        settings = await on.settings("lone")
        async with on.serve("serve", "--role", "consumer", settings=settings):
            await watch.bind(settings)
        sides = [
            Side("unbatched", lambda: measure(on, settings, options.seconds, "--unbatched")),
            Side("service", lambda: measure(on, settings, options.seconds), at_most=1.05),
        ]
        await alternate(sides, options.rounds)
    title = f"POST /notifications, one connection, {options.seconds} s, median times"
    report("lone", title, "ms", sides)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- lone", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
