"""Attacks on p2p, in a process of their own: `python -m tools.drill.hostile.peer_attacks`.

    peer_attacks PORT PID NAME...

The port is the service's, and the process, too: its memory is measured meanwhile. Prints the
findings as JSON.
"""

import asyncio
import json
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from operator import truediv
from typing import NamedTuple

import iroh

from tools.drill.hostile.initials import INITIAL, initials
from tools.drill.over import p2p
from tools.drill.over.caller import UnreachedError
from tools.usage import resident

HOST = "127.0.0.1"
# At a lower priority than all other processes: if the processors are busy, the service comes first.
NICE = 19
MIB = 2**20
HANDSHAKES = 400
GARBAGE = 100_000
STRANGERS = 200
MANY = 1000
READERS = 20
# Pages that each reader asks for at a time.
PAGES = 4
AT_ONCE = 8
# A source that has not proven its address gets less than it sent. RFC 9000, 8.1 allows three
# times as much.
AMPLIFICATION = 1.0
# Seconds: for a handshake, to complete a line, and to cut a reader.
TIMEOUT, LINE, READING = 10.0, 30.0, 50.0
SLACK = 10.0
EVERY = 0.5
# MiB for all handshakes, for garbage, for the streams, and for each reader.
SMALL, LARGE, READER = 64.0, 160.0, 24.0
# Only the stored large ones: the newest of all are the small ones of good callers.
LIST = (
    b'{"jsonrpc": "2.0", "id": 1, "method": "notifications.list", "params": '
    b'{"receiver": "r", "page": 1, "size": 200}}\n'
)


class Attacked(NamedTuple):
    """The service, seen from outside."""

    port: int
    pid: int

    @property
    def memory(self) -> float:
        """The MiB of memory that it holds."""
        return resident(self.pid) / MIB


class Rows(list[tuple[object, ...]]):
    """The arguments of each finding, for the process that shows them."""

    def add(self, *row: object) -> None:
        """Keep them."""
        self.append(row)


async def _handshakes(target: Attacked, findings: Rows) -> None:
    """Begin handshakes from many ports, and never go on."""
    port, memory, most = target.port, target.memory, target.memory
    beginnings = await initials(HANDSHAKES)
    crowd = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in beginnings]
    try:
        for each, datagram in zip(crowd, beginnings, strict=True):
            each.setblocking(False)
            each.sendto(datagram, (HOST, port))
        began, received = time.monotonic(), [0] * len(crowd)
        while time.monotonic() - began < TIMEOUT + SLACK:
            most = max(most, target.memory)
            for number, each in enumerate(crowd):
                with suppress(BlockingIOError):
                    received[number] += len(each.recv(65_536))
            await asyncio.sleep(EVERY / 10)
    finally:
        for each in crowd:
            each.close()
    ratio = max(map(truediv, received, map(len, beginnings)))
    findings.add(
        *("peers", "p2p", f"{HANDSHAKES} handshakes that are begun and not continued"),
        f"at most {ratio:.2f} times the bytes come back",
        f"less than it sent, under {SMALL:g} MiB",
        0 < ratio < AMPLIFICATION and most - memory < SMALL,
        most - memory,
    )


async def _garbage(target: Attacked, findings: Rows) -> None:
    """Send datagrams of random bytes; some look like the beginning of a handshake."""
    port, memory = target.port, target.memory
    began = time.monotonic()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        for number in range(GARBAGE):
            data = os.urandom(INITIAL if number % 2 else number % 1400)
            # The bits of a long header, of a version that the library knows.
            head = b"\xc3\x00\x00\x00\x01" if number % 4 == 1 else b""
            with suppress(BlockingIOError):
                sender.sendto((head + data)[:INITIAL], (HOST, port))
            if number % 100 == 0:
                await asyncio.sleep(0)
    took = time.monotonic() - began
    await asyncio.sleep(SLACK / 5)
    grown = target.memory - memory
    findings.add(
        *("peers", "p2p", f"{GARBAGE:,} datagrams of garbage"),
        f"sent in {took:.1f} s",
        f"under {SMALL:g} MiB",
        grown < SMALL,
        grown,
    )


async def _strangers(target: Attacked, findings: Rows) -> None:
    """Connect as peers that are not listed."""
    port, memory = target.port, target.memory
    reasons: list[str] = []

    async def stranger() -> None:
        endpoint = await p2p.bind()
        try:
            connection = await p2p.connect(endpoint, port, TIMEOUT)
            async with asyncio.timeout(TIMEOUT):
                reasons.append(await connection.closed())
        except (UnreachedError, TimeoutError) as error:
            reasons.append(str(error))
        finally:
            await endpoint.close()

    for _ in range(STRANGERS // AT_ONCE):
        await asyncio.gather(*(stranger() for _ in range(AT_ONCE)))
    refused = sum("P2P_ALLOWED_PEERS" in reason for reason in reasons)
    others = ", ".join({reason for reason in reasons if "P2P_ALLOWED_PEERS" not in reason})
    findings.add(
        *("peers", "p2p", f"{len(reasons)} peers that are not listed"),
        f"{refused} are told so{'; ' * bool(others)}{others}",
        f"all are told so, under {SMALL:g} MiB",
        refused == len(reasons) and target.memory - memory < SMALL,
        target.memory - memory,
    )


async def _streams(target: Attacked, findings: Rows) -> None:
    """Open a thousand streams on one connection, each with a line that does not end."""
    memory, most, ended = target.memory, target.memory, 0
    endpoint = await p2p.bind(p2p.CALLER)
    connection = await p2p.connect(endpoint, target.port, TIMEOUT)

    async def one() -> None:
        nonlocal ended, most
        stream = await connection.open_bi()
        await stream.send().write_all(b'{"jsonrpc":')
        with suppress(iroh.IrohError):
            while await stream.recv().read(65_536):
                most = max(most, target.memory)
            await stream.send().finish()
        ended += 1

    began = time.monotonic()
    opening = [asyncio.create_task(one()) for _ in range(MANY)]
    # At most a tenth of them is open at once, and each may take its time.
    while not ended and time.monotonic() - began < LINE + SLACK:
        most = max(most, target.memory)
        await asyncio.sleep(EVERY)
    first = time.monotonic() - began
    for task in opening:
        task.cancel()
    await asyncio.gather(*opening, return_exceptions=True)
    connection.close(0, b"")
    await endpoint.close()
    findings.add(
        *("peers", "p2p", f"{MANY:,} streams of one peer, with half a line each"),
        f"the first ones end after {first:.0f} s",
        f"within {LINE + SLACK:g} s, under {LARGE:g} MiB",
        ended > 0 and most - memory < LARGE,
        most - memory,
    )


async def _readers(target: Attacked, findings: Rows) -> None:
    """Ask for pages on many streams, and read nothing."""
    memory, most = target.memory, target.memory
    endpoints = [await p2p.bind(p2p.CALLER) for _ in range(READERS)]
    crowd = [await p2p.connect(each, target.port, TIMEOUT) for each in endpoints]
    streams = [await each.open_bi() for each in crowd]
    asking = [asyncio.create_task(_cut(stream)) for stream in streams]
    began = time.monotonic()
    while not all(task.done() for task in asking) and time.monotonic() - began < READING:
        most = max(most, target.memory)
        await asyncio.sleep(EVERY)
    after, cut = time.monotonic() - began, sum(task.done() for task in asking)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    for connection in crowd:
        connection.close(0, b"")
    for endpoint in endpoints:
        await endpoint.close()
    each = (most - memory) / READERS
    findings.add(
        *("peers", "p2p", f"{READERS} peers that read nothing"),
        f"{cut} of {len(streams)} streams are cut after {after:.0f} s, {each:.1f} MiB a peer",
        f"all within {READING:g} s, under {READER:g} MiB a peer",
        cut == len(streams) and each < READER,
        most - memory,
    )


async def _cut(stream: iroh.BiStream) -> None:
    """Ask again and again, and return once the service has cut the stream."""
    with suppress(iroh.IrohError):
        while True:
            await stream.send().write_all(LIST * PAGES)
            await asyncio.sleep(EVERY)


ATTACKS: Mapping[str, Callable[[Attacked, Rows], Awaitable[None]]] = {
    "handshakes": _handshakes,
    "garbage": _garbage,
    "strangers": _strangers,
    "streams": _streams,
    "readers": _readers,
}


async def main(port: int, pid: int, *names: str) -> None:
    """Attack one way after the other."""
    rows = Rows()
    for name in names:
        await ATTACKS[name](Attacked(port, pid), rows)
    print(json.dumps(rows))


if __name__ == "__main__":
    os.nice(NICE)
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:]))
