"""Callers of quic: `ask_quic quic PORT SECONDS CONNECTIONS STREAMS`; the last line tells.

Each connection has `STREAMS` streams, and each stream one request under way.
"""

import asyncio
import json
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from time import perf_counter

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.quic.configuration import QuicConfiguration
from chassis.bootstrap.loop import loop_factory

from benchmarks.inside.asking import LINE, lines, told

ALPN = "shallot-jsonrpc/1"
READ = 65_536


async def answers(reader: asyncio.StreamReader) -> AsyncIterator[list[bool]]:
    """Yield whether each answer is a good one, as they come."""
    rest = b""
    while data := await reader.read(READ):
        good, rest = lines(rest + data)
        if good:
            yield good


async def main(port: int, seconds: float, connections: int, streams: int) -> None:
    """Ask for so many seconds, and print what came of it."""
    times: list[float] = []
    refused = 0
    configuration = QuicConfiguration(alpn_protocols=[ALPN], verify_mode=ssl.CERT_NONE)

    async def caller(client: QuicConnectionProtocol) -> None:
        nonlocal refused
        reader, writer = await client.create_stream()
        asked = perf_counter()
        writer.write(LINE)
        async for good in answers(reader):
            now = perf_counter()
            times.append(now - asked)
            refused += good.count(False)
            if now >= end:
                break
            asked = now
            writer.write(LINE)
        writer.write_eof()

    async with AsyncExitStack() as stack:
        made = [
            await stack.enter_async_context(connect("127.0.0.1", port, configuration=configuration))
            for _ in range(connections)
        ]
        began = perf_counter()
        end = began + seconds
        await asyncio.gather(*(caller(client) for client in made for _ in range(streams)))
        print(json.dumps(told(times, perf_counter() - began, refused)))


if __name__ == "__main__":
    _, port, seconds, connections, streams = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(int(port), float(seconds), int(connections), int(streams)))
