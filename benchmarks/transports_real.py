"""Registering on real servers, by transport: `./run bench -- transports_real [--rounds 5]`.

One producer serves http, tcp and gRPC. 64 callers of one of them at a time register notifications,
each with one request at a time, and wait for the answer. The callers of http and tcp are the same
program. All that was accepted must be stored and published.
"""

import argparse
import asyncio
from collections.abc import Awaitable

from benchmarks import asking, versions, watch
from benchmarks.register import CONNECTIONS, PRODUCER, Register
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Stand, stand
from tools.process import Process
from tools.usage import processor_time

PORTS = {"TCP_PORT": "0", "GRPC_PORT": "0"}
SERVERS = ("http", "tcp", "grpc", "ops")
# A gRPC client has many calls on one connection.
CHANNELS = {"grpc": 4}


class By(Register):
    """Measures one transport."""

    def __init__(self, on: Stand, seconds: int, transport: str) -> None:
        super().__init__(on, seconds)
        self._transport = transport

    async def load(self, process: Process, path: str = "") -> tuple[Sample, int]:
        """Measure the process under load; return also how many requests were answered."""
        transport = self._transport
        connections = CHANNELS.get(transport, CONNECTIONS)
        before = processor_time(process.pid)
        result = await asking.load(
            self._on.service,
            transport,
            process.ports[transport],
            self._seconds,
            connections,
            CONNECTIONS // connections,
        )
        used = processor_time(process.pid) - before
        note = f"{result.p50:.1f} ms, 99 of 100 within {result.p99:.1f} ms"
        return Sample(result.rate, used / result.requests * 1e6, note), result.requests


async def main(options: argparse.Namespace) -> None:
    """Print the comparison."""
    async with stand(durable=options.durable, transports=["http", "tcp", "grpc"]) as on:
        settings = await on.settings("transports", **PORTS)
        async with on.serve("serve", "--role", "consumer", settings=settings):
            await watch.bind(settings)

        def measure(transport: str) -> Awaitable[Sample]:
            running = on.run(
                "inside.serve", "serve", *PRODUCER[1:], settings=settings, servers=SERVERS
            )
            return By(on, options.seconds, transport).relayed(running, settings)

        sides = [
            Side("http", lambda: measure("http")),
            Side("tcp", lambda: measure("tcp"), at_least=1.2),
            Side("grpc", lambda: measure("grpc")),
        ]
        await alternate(sides, options.rounds)
        found = await versions.servers(on.servers.settings)
    title = f"registering on real servers, {CONNECTIONS} callers, {options.seconds} s"
    report("transports-real", title, "answers/s", sides, found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- transports_real", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=15)
    parser.add_argument(
        "--no-fsync", dest="durable", action="store_false", help="as the servers of the tests"
    )
    asyncio.run(main(parser.parse_args()))
