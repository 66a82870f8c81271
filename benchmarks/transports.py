"""The cost of a transport, compared with its bare library:
`./run bench -- transports [--rounds 5]`.

The service runs each transport with a use case that does nothing. It is compared with asyncio,
grpc.aio, aioquic, iroh and aiortc that echo the bytes without decoding. The callers are the same
for both sides.
"""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from benchmarks import asking, versions
from benchmarks.rounds import Sample, Side, alternate, report
from benchmarks.stand import Programs, programs
from tools.usage import processor_time

WARM_UP = 1.0
SHARE = 0.7


class Load(NamedTuple):
    """How many callers there are; `asks` is whether their number in a second counts, or a time."""

    name: str
    title: str
    connections: int
    ahead: int
    counts: bool = True


TCP = (
    Load("crowd", "64 connections, each waits for its answer", 64, 1),
    Load("ahead", "one connection, 64 requests ahead", 1, 64),
    Load("lone", "one connection, one request at a time", 1, 1, counts=False),
)
GRPC = (
    Load("crowd", "64 calls at a time on 4 connections", 4, 16),
    Load("lone", "one call at a time", 1, 1, counts=False),
)
P2P = (
    Load("crowd", "64 streams on 4 connections, each waits for its answer", 4, 16),
    Load("lone", "one stream, one request at a time", 1, 1, counts=False),
)
QUIC = (
    Load("crowd", "64 streams on 4 connections, each waits for its answer", 4, 16),
    Load("lone", "one stream, one request at a time", 1, 1, counts=False),
)
WEBRTC = (
    Load("crowd", "4 peers, 16 requests ahead on each", 4, 16),
    Load("lone", "one peer, one request at a time", 1, 1, counts=False),
)
# Each sends back what comes.
BARE_TCP = (
    ("asyncio streams", ("bare_tcp", "streams")),
    ("asyncio protocol", ("bare_tcp", "protocol")),
)
BARE_GRPC = (("grpc.aio", ("bare_grpc",)),)
BARE_P2P = (("iroh", ("bare_p2p",)),)
BARE_QUIC = (
    ("aioquic streams", ("bare_quic", "streams")),
    ("aioquic events", ("bare_quic", "events")),
)
BARE_WEBRTC = (("aiortc", ("bare_webrtc",)),)
PACKAGES = {
    "tcp": ("uvloop", "msgspec"),
    "grpc": ("grpcio", "protobuf"),
    "quic": ("aioquic", "uvloop"),
    "p2p": ("iroh",),
    "webrtc": ("aiortc", "aioice"),
}


async def measure(
    on: Programs, transport: str, program: Sequence[str], load: Load, seconds: float
) -> Sample:
    """Measure one server under one load: answers in a second, or the median time of one."""
    module, *arguments = program
    async with on.run(f"inside.{module}", *arguments, settings={}, servers=(transport,)) as process:
        port = process.ports[transport]
        await asking.load(on.service, transport, port, WARM_UP, load.connections, load.ahead)
        before = processor_time(process.pid)
        result = await asking.load(
            on.service, transport, port, seconds, load.connections, load.ahead
        )
        used = processor_time(process.pid) - before
    note = f"{result.p50:.2f} ms, 99 of 100 within {result.p99:.2f} ms"
    value = result.rate if load.counts else result.p50
    return Sample(value, used / result.requests * 1e6, note)


async def compare(
    on: Programs,
    transport: str,
    bare: Sequence[tuple[str, Sequence[str]]],
    load: Load,
    options: argparse.Namespace,
) -> None:
    """Print the comparison of one transport under one load."""

    def side(program: Sequence[str]) -> Callable[[], Awaitable[Sample]]:
        return lambda: measure(on, transport, program, load, options.seconds)

    others = [Side(name, side(program)) for name, program in bare]
    ours = Side("service, no-op", side(("no_op", transport)))
    if load.counts:
        ours.at_least = SHARE
    else:
        ours.at_most = 1 / SHARE
    await alternate([*others, ours], options.rounds)
    title = f"{transport}, no-op use case: {load.title}"
    unit = "answers/s" if load.counts else "ms"
    told = versions.packages(on.service, "service", *PACKAGES[transport])
    for other in others:
        name = f"{transport}-{load.name}-{other.name.split()[-1]}"
        report(name, title, unit, [other, ours], told)


async def main(options: argparse.Namespace) -> None:
    """Print all comparisons."""
    async with programs(transports=["http", "tcp", "grpc", "quic", "webrtc", "p2p"]) as on:
        for load in TCP:
            await compare(on, "tcp", BARE_TCP, load, options)
        for load in GRPC:
            await compare(on, "grpc", BARE_GRPC, load, options)
        for load in QUIC:
            await compare(on, "quic", BARE_QUIC, load, options)
        for load in WEBRTC:
            await compare(on, "webrtc", BARE_WEBRTC, load, options)
        for load in P2P:
            await compare(on, "p2p", BARE_P2P, load, options)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- transports", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=4)
    asyncio.run(main(parser.parse_args()))
