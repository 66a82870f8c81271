"""Calls of another process over RabbitMQ: `./run bench -- rpc --rounds 5 --seconds 3`.

Compares aio-pika's `patterns.RPC` with this service's remote jobs, which also have a deadline, a
limit, typed messages and metrics. Each side has one caller process and one worker process on the
same broker, and the handler adds up. Once with a hundred calls in flight, once with one at a time.
"""

import argparse
import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping

from benchmarks import versions
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Programs, programs
from tools.drill.servers import running

AT_LEAST = 1.2
PROGRAM = "inside.ask_rpc"


def measured(
    on: Programs, settings: Mapping[str, str], side: str, callers: int, seconds: float
) -> Callable[[], Awaitable[Sample]]:
    """Return what measures one side: answers a second."""

    async def measure() -> Sample:
        url = settings["BROKER_URL"]
        worker = on.run(PROGRAM, side, "worker", url, settings=settings, servers=())
        asker = on.run(
            PROGRAM, side, str(callers), url, str(seconds), settings=settings, servers=()
        )
        async with worker, asker as asking:
            await asking.gone.wait()
            found = json.loads(asking.lines[-1])
        return Sample(found["rate"], note=f"p50 {found['p50'] * 1000:.2f} ms")

    return measure


async def main(options: argparse.Namespace) -> None:
    """Print both comparisons."""
    async with programs() as on, running(on.service, "rabbitmq") as servers:
        found = versions.packages(on.service, "both", "aio-pika")
        for callers in (100, 1):
            peer, ours = (
                measured(on, servers.settings, side, callers, options.seconds)
                for side in ("aio-pika", "remote-jobs")
            )
            sides = [
                Side("aio-pika RPC", peer),
                Side("remote jobs", ours, at_least=AT_LEAST if callers > 1 else None),
            ]
            await alternate(sides, options.rounds)
            title = f"calls of one worker, in flight: {callers}"
            report(f"rpc-{callers}", title, "answers/s", sides, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- rpc", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3)
    asyncio.run(main(parser.parse_args()))
