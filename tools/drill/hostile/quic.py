"""Datagrams and streams: what can be done to quic, which keeps its connections itself."""

import asyncio
import os
import socket
import time
from contextlib import AsyncExitStack, suppress
from operator import truediv

from tools.drill.hostile.findings import Findings
from tools.drill.hostile.probe import Probe, quiet
from tools.drill.hostile.quic_clients import HOST, Client, connected, initial
from tools.drill.hostile.target import Target
from tools.drill.over.caller import STREAMS, Transport

SERVED: tuple[Transport, ...] = (*STREAMS, "quic")
# The bytes of a first datagram.
INITIAL = 1200
HANDSHAKES, FLOOD, GARBAGE = 400, 20_000, 50_000
STREAMS_OF_ONE = 1000
READERS, OF_EACH, PAGES = 20, 10, 50
# Datagrams that are sent without a pause.
BURST = 20
# A source that has not proven its address gets at most so many times what it sent (RFC 9000, 8.1).
AMPLIFICATION = 3.0
# Seconds: for a handshake, to complete a line, to cut a reader, and of good callers alone.
TIMEOUT, LINE, READING = 10.0, 30.0, 50.0
WARM_UP, QUIET = 2.0, 15.0
RATIO, SLACK, EVERY = 3.0, 10.0, 0.5
# MiB for handshakes or garbage, for the streams, and for each reader.
SMALL, LARGE, READER = 64.0, 160.0, 24.0
LIST = (
    b'{"jsonrpc": "2.0", "id": 1, "method": "notifications.list", "params": '
    b'{"page": 1, "size": 200}}\n'
)


async def quic(target: Target, findings: Findings) -> None:
    """Attack one way after the other; good callers on all transports are served meanwhile."""
    beginnings = [initial() for _ in range(HANDSHAKES)]
    await quiet(target, WARM_UP, SERVED)
    at_rest, during, reading = await quiet(target, QUIET, SERVED), Probe(SERVED), Probe(SERVED)
    async with during.asking(target):
        await _handshakes(target, findings, beginnings)
        await _flood(target, findings, beginnings)
        await _garbage(target, findings)
        await _streams(target, findings)
    await quiet(target, WARM_UP, SERVED)
    at_rest = at_rest + await quiet(target, QUIET, SERVED)
    async with reading.asking(target):
        await _readers(target, findings)
    ratios = {name: during.p99(name) / at_rest.p99(name) for name in during.transports}
    findings.add(
        *("datagrams", "all", "good callers until then"),
        ", ".join(f"{name} {ratio:.1f} times" for name, ratio in ratios.items()),
        f"p99 under {RATIO:g} times the one at rest, all served",
        max(ratios.values()) < RATIO and not during.failed,
    )
    findings.add(
        *("datagrams", "all", "good callers, while others read nothing"),
        reading.told(),
        "all served",
        not reading.failed,
    )


async def _handshakes(target: Target, findings: Findings, beginnings: list[bytes]) -> None:
    """Begin handshakes from many ports, and never go on; a third asks for another version."""
    sent = [
        datagram if number % 3 else datagram[:1] + b"\x0a\x0a\x0a\x0a" + datagram[5:]
        for number, datagram in enumerate(beginnings)
    ]
    memory, most = target.memory, target.memory
    crowd = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in sent]
    try:
        for each, datagram in zip(crowd, sent, strict=True):
            each.setblocking(False)
            each.sendto(datagram, (HOST, target.ports["quic"]))
            await asyncio.sleep(0.005)
        began, received = time.monotonic(), [0] * len(crowd)
        while time.monotonic() - began < TIMEOUT + SLACK:
            most = max(most, target.memory)
            for number, each in enumerate(crowd):
                with suppress(BlockingIOError):
                    while True:
                        received[number] += len(each.recv(65_536))
            await asyncio.sleep(EVERY)
    finally:
        for each in crowd:
            each.close()
    ratio = max(map(truediv, received, map(len, sent)))
    findings.add(
        *("datagrams", "quic", f"{HANDSHAKES} handshakes that are begun and not continued"),
        f"at most {ratio:.2f} times the bytes come back, to {sum(map(bool, received))} of them",
        f"at most {AMPLIFICATION:g} times, under {SMALL:g} MiB",
        0 < ratio <= AMPLIFICATION and most - memory < SMALL,
        most - memory,
    )


async def _flood(target: Target, findings: Findings, beginnings: list[bytes]) -> None:
    """Send first datagrams as fast as one source can; see whether a new client is let in."""
    memory, received, took = target.memory, 0, float("inf")

    async def join() -> None:
        nonlocal took
        began = time.monotonic()
        await asyncio.sleep(1)
        with suppress(OSError):
            async with connected(target.ports["quic"]):
                took = time.monotonic() - began - 1

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        joining = asyncio.create_task(join())
        for number in range(FLOOD):
            with suppress(BlockingIOError):
                sender.sendto(beginnings[number % HANDSHAKES], (HOST, target.ports["quic"]))
            if number % BURST == 0:
                with suppress(BlockingIOError):
                    while True:
                        received += len(sender.recv(65_536))
                await asyncio.sleep(0.01)
        await joining
    grown = target.memory - memory
    findings.add(
        *("datagrams", "quic", f"{FLOOD:,} first datagrams of one source"),
        f"{received / FLOOD / INITIAL:.2f} times the bytes come back; a new client joins in "
        f"{took:.1f} s",
        f"at most {AMPLIFICATION:g} times, it joins within {TIMEOUT:g} s, under {SMALL:g} MiB",
        received <= AMPLIFICATION * FLOOD * INITIAL and took <= TIMEOUT and grown < SMALL,
        grown,
    )


async def _garbage(target: Target, findings: Findings) -> None:
    """Send datagrams of random bytes; some look like the beginning of a handshake."""
    memory = target.memory
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for number in range(GARBAGE):
            # The bits of a long header, of a version that the service knows.
            head = b"\xc3\x00\x00\x00\x01\x08" if number % 4 == 1 else b""
            size = INITIAL if number % 2 else number % 1400
            with suppress(BlockingIOError):
                sender.sendto((head + os.urandom(size))[:INITIAL], (HOST, target.ports["quic"]))
            if number % BURST == 0:
                await asyncio.sleep(0.005)
    await asyncio.sleep(SLACK / 5)
    grown = target.memory - memory
    findings.add(
        *("datagrams", "quic", f"{GARBAGE:,} datagrams of garbage"),
        "ignored",
        f"under {SMALL:g} MiB",
        grown < SMALL,
        grown,
    )


async def _streams(target: Target, findings: Findings) -> None:
    """Open a thousand streams on one connection, each with a line that does not end."""
    memory, most = target.memory, target.memory
    async with connected(target.ports["quic"]) as client:
        for _ in range(STREAMS_OF_ONE):
            client.open(b'{"jsonrpc":')
        began = time.monotonic()
        # At most a tenth of them is open at once, and each may take its time.
        while not client.ended and time.monotonic() - began < LINE + SLACK:
            most = max(most, target.memory)
            await asyncio.sleep(EVERY)
        first = time.monotonic() - began
    findings.add(
        *("datagrams", "quic", f"{STREAMS_OF_ONE:,} streams of one client, with half a line each"),
        f"{len(client.ended)} have ended after {first:.0f} s",
        f"the first ones within {LINE + SLACK:g} s, under {LARGE:g} MiB",
        bool(client.ended) and most - memory < LARGE,
        most - memory,
    )


async def _readers(target: Target, findings: Findings) -> None:
    """Ask for pages on many streams, and read nothing."""
    memory, most = target.memory, target.memory
    async with AsyncExitStack() as stack:
        crowd = [
            await stack.enter_async_context(connected(target.ports["quic"])) for _ in range(READERS)
        ]
        for client in crowd:
            client.stop_reading()
            for _ in range(OF_EACH):
                client.open(LIST * PAGES)
        began = time.monotonic()
        while time.monotonic() - began < READING and _cut(crowd) < READERS * OF_EACH:
            most = max(most, target.memory)
            await asyncio.sleep(EVERY)
        after, cut = time.monotonic() - began, _cut(crowd)
    each = (most - memory) / READERS
    findings.add(
        *("datagrams", "quic", f"{READERS} clients with {OF_EACH} streams each that read nothing"),
        f"{cut} of {READERS * OF_EACH} are cut after {after:.0f} s, {each:.1f} MiB a client",
        f"all within {READING:g} s, under {READER:g} MiB a client",
        cut == READERS * OF_EACH and each < READER,
        most - memory,
    )


def _cut(crowd: list[Client]) -> int:
    return sum(OF_EACH if client.is_over else len(client.cut) for client in crowd)
