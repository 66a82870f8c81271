"""A session: each request has its answer, and nothing that it keeps grows without bounds."""

import asyncio

from chassis.interfaces.jsonrpc.request import MAX_BATCH
from chassis.interfaces.jsonrpc.session import Session
from chassis.interfaces.jsonrpc.subscriptions import MAX_SUBSCRIPTIONS

from tools.fuzz.inside.answers import check_answers
from tools.fuzz.inside.endpoints import CLOSED, OPEN, USE_CASES
from tools.fuzz.inside.jsonrpc import BATCH, NOTIFICATION, REQUESTS, WORDS
from tools.fuzz.inside.loop import run, turns, until

__all__ = ["SEEDS", "WORDS", "check"]

# Bits of the first byte.
ASKS_FOR_TOKENS, PUSHES, FILLS, LOSES = 1, 2, 4, 8
_AUTHENTICATE = REQUESTS[8]

SEEDS = [
    *(b"\x00" + each for each in (*REQUESTS, BATCH, NOTIFICATION)),
    b"\x01%b\n\n%b" % (_AUTHENTICATE, BATCH),
    b"\x02" + b"\n".join(REQUESTS),
    b"\x04" + b"\n".join([REQUESTS[6], b"", REQUESTS[7]]),
    b"\x08" + BATCH,
]


class Channel:
    """Keeps what was sent."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.is_closed = False
        self.has_room = asyncio.Event()
        self.has_room.set()

    @property
    def is_full(self) -> bool:
        """Whether what can wait should."""
        return not self.has_room.is_set()

    def send(self, message: bytes) -> None:
        """Take a message."""
        self.sent.append(message)

    async def drain(self) -> None:
        """Wait until it is not full."""
        await self.has_room.wait()

    def ready(self) -> None:
        """Hear that the session takes messages again."""

    def close(self) -> None:
        """Close."""
        self.is_closed = True


def check(data: bytes) -> None:
    """The first byte tells how the client behaves, each line after it is a message.

    At an empty line the session may continue its running work.
    """
    if data:
        run(_talk(data[0], data[1:].split(b"\n")))


async def _talk(manner: int, lines: list[bytes]) -> None:
    USE_CASES.forget()
    endpoint = CLOSED if manner & ASKS_FOR_TOKENS else OPEN
    channel = Channel()
    session = Session(endpoint, channel)
    if manner & FILLS:
        channel.has_room.clear()
    asked = []
    for line in lines:
        if not line:
            await turns(3)
            continue
        if session.is_full and not manner & PUSHES:
            # Large answers wait for a client that reads.
            channel.has_room.set()
            await until(lambda: not session.is_full, "it stays full")
            if manner & FILLS:
                channel.has_room.clear()
        session.receive(line)
        asked.append(line)
        assert session.in_flight < endpoint.in_flight + MAX_BATCH
        assert _count_open() <= MAX_SUBSCRIPTIONS
    if manner & LOSES:
        session.lose()
    channel.has_room.set()
    await until(lambda: not session.is_busy, "a request is never done")
    await turns()
    session.drain()
    await until(lambda: channel.is_closed, "it does not close")
    assert session.is_idle
    await turns()
    assert _count_open() == 0, "a stream stays open"
    check_answers(asked, channel.sent)


def _count_open() -> int:
    return sum(items.is_open for items in USE_CASES.streams)
