"""Callers between peers: `ask_peers p2p PORT SECONDS CONNECTIONS STREAMS`; the last line tells.

Each connection has `STREAMS` streams, and each stream one request under way.
"""

import asyncio
import json
import sys
from time import perf_counter

import iroh
from chassis.bootstrap.loop import loop_factory

from benchmarks.inside.asking import LINE, lines, told

ALPN = b"shallot-jsonrpc/1"
# The server's private key, so that its callers know its node id.
KEY = b"the key of a peer in a benchmark"
READ = 65_536


async def bind(key: bytes | None = None, protocols: list[bytes] | None = None) -> iroh.Endpoint:
    """Return an endpoint on this machine."""
    options = iroh.EndpointOptions(
        preset=iroh.preset_minimal(),
        relay_mode=iroh.RelayMode.disabled(),
        bind_addr="127.0.0.1:0",
        secret_key=key,
        alpns=protocols,
    )
    return await iroh.Endpoint.bind(options)


async def main(port: int, seconds: float, connections: int, streams: int) -> None:
    """Ask for so many seconds, and print what came of it."""
    times: list[float] = []
    refused = 0
    node = iroh.SecretKey.from_bytes(KEY).public()
    target = iroh.EndpointAddr(node, None, [f"127.0.0.1:{port}"])
    endpoints = [await bind() for _ in range(connections)]
    made = [await each.connect(target, ALPN) for each in endpoints]
    opened = [await each.open_bi() for each in made for _ in range(streams)]
    began = perf_counter()
    end = began + seconds

    async def caller(stream: iroh.BiStream) -> None:
        nonlocal refused
        receiving, sending, rest = stream.recv(), stream.send(), b""
        while (asked := perf_counter()) < end:
            await sending.write_all(LINE)
            good: list[bool] = []
            while not good:
                good, rest = lines(rest + await receiving.read(READ))
            times.append(perf_counter() - asked)
            refused += good.count(False)

    await asyncio.gather(*(caller(stream) for stream in opened))
    print(json.dumps(told(times, perf_counter() - began, refused)))
    for endpoint in endpoints:
        await endpoint.close()


if __name__ == "__main__":
    _, port, seconds, connections, streams = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(int(port), float(seconds), int(connections), int(streams)))
