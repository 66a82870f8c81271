"""Callers and subscribers over the transports other than HTTP, which has `load.py`."""

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from itertools import count
from pathlib import Path

from tests.chaos.aggregates.notification import REGISTERED, one
from tests.chaos.call import token
from tests.chaos.history import History
from tests.chaos.load import AGAIN, PATIENCE
from tests.chaos.pulse import Pulse
from tools.drill.over.caller import (
    LATER,
    TRANSPORTS,
    Caller,
    RefusedError,
    Transport,
    UnansweredError,
    UnreachedError,
)
from tools.drill.over.choose import caller
from tools.drill.over.jsonrpc import JsonRpcCaller
from tools.drill.streaming.grpc import notifications_over_grpc
from tools.drill.streaming.jsonrpc import over_jsonrpc
from tools.drill.streaming.stream import HEARTBEAT, RESET, LostError, Stream

OTHERS: tuple[Transport, ...] = tuple(name for name in TRANSPORTS if name != "http")
# Callers on each transport, and the seconds between two calls of one, on average.
CALLERS = 2
PAUSE = 0.4
# The action type that subscribers ask for.
ACTION = "a2"

# Seconds for an answer, with a handshake that may come first.
ANSWER = 20.0
# Seconds to close a connection, for a replica may be frozen.
CLOSING = 3.0
# Seconds of a subscriber: before it comes back; between two cuts, on average; for its first stream.
RETRY = 0.2
BETWEEN = 10.0
FIRST = 60.0
# Seconds without an item, after which a stream is lost: a heartbeat is one.
SILENCE = 15.0

# The ports of a replica, by transport.
Ports = Mapping[str, int]


class OtherCallers:
    """Register with a key, on each transport, until they are answered; the history has it all."""

    def __init__(
        self, fronts: Sequence[Ports], project: Path, history: History, pulse: Pulse, seed: int
    ) -> None:
        self._fronts = fronts
        self._project = project
        self._history = history
        self._pulse = pulse
        self._seed = seed
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Call until `stop`; then return once each call that was begun has its answer."""
        async with asyncio.TaskGroup() as group:
            for transport in OTHERS:
                for number in range(CALLERS):
                    group.create_task(self._call(transport, number))

    def stop(self) -> None:
        """Begin no more calls."""
        self._stopping.set()

    async def _call(self, transport: Transport, caller_number: int) -> None:
        chance = random.Random(f"{self._seed}/{transport}/{caller_number}")
        callers = [caller(transport, ports, self._project) for ports in self._fronts]
        for number in count():
            with suppress(TimeoutError):
                async with asyncio.timeout(chance.expovariate(1 / PAUSE)):
                    await self._stopping.wait()
            if self._stopping.is_set():
                break
            await self._insist(transport, f"{transport}-{caller_number}-{number}", callers, chance)
        for each in callers:
            await _close(each)

    async def _insist(
        self, transport: Transport, key: str, callers: list[Caller], chance: random.Random
    ) -> None:
        body = one(token(key, 0), chance)
        sent = {"key": key, "type": REGISTERED.name, "size": 1, "wrong": False, "over": transport}
        self._history.note("sent", **sent)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            number = chance.randrange(len(callers))
            try:
                if await self._ask(key, body, callers[number]):
                    return
            except (UnreachedError, UnansweredError, TimeoutError):
                self._history.note("unanswered", key=key)
                # An answer that is late would be taken for that of the next request.
                await _close(callers[number])
                callers[number] = caller(transport, self._fronts[number], self._project)
            await asyncio.sleep(AGAIN)
        self._history.note("despaired", key=key, seconds=PATIENCE)

    async def _ask(self, key: str, body: Mapping[str, object], by: Caller) -> bool:
        """Ask once; return whether it was accepted. Raises what means that this is unknown."""
        asked = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER):
                identity = await by.register(body, key)
        except RefusedError as error:
            status = 503 if str(error) in LATER else 500
            self._history.note("refused", key=key, status=status, word=str(error))
            return False
        self._history.note("accepted", key=key, ids=[identity])
        self._pulse.accepted([(REGISTERED.name, identity)], asked)
        return True


class OtherSubscriber:
    """Follows the notifications of one action over a transport, from replica to replica."""

    def __init__(
        self,
        transport: Transport,
        fronts: Sequence[Ports],
        project: Path,
        history: History,
        pulse: Pulse,
        seed: int,
    ) -> None:
        self.name = f"over {transport}"
        self._streams = [_stream(transport, ports, project) for ports in fronts]
        self._history = history
        self._pulse = pulse
        self._chance = random.Random(f"{seed}/{self.name}")
        self._cursor = ""
        self._there = asyncio.Event()
        self._stays = False
        self._cuts = 0
        self._resets = 0

    @property
    def position(self) -> int:
        """How far in the journal it has come."""
        return int(self._cursor.rpartition(".")[2])

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow for as long as the block lasts; it begins once the stream is open."""
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self._follow())
            try:
                async with asyncio.timeout(FIRST):
                    await self._there.wait()
                yield
            finally:
                task.cancel()
                fields = {"cuts": self._cuts, "resets": self._resets}
                self._history.note("followed", by=self.name, **fields)

    def stay(self) -> None:
        """Be cut no more, once the next stream is open."""
        self._stays = True

    async def _follow(self) -> None:
        while True:
            until = time.monotonic() + self._chance.expovariate(1 / BETWEEN)
            if self._stays:
                until = math.inf
            with suppress(LostError, TimeoutError, StopAsyncIteration):
                async with aclosing(self._chance.choice(self._streams)(self._cursor)) as items:
                    # Not cut in the middle of a handshake: its connection would stay open.
                    left = SILENCE
                    while left > 0:
                        async with asyncio.timeout(min(left, SILENCE)):
                            self._take(*await anext(items))
                        left = until - time.monotonic()
            self._cuts += 1
            await asyncio.sleep(RETRY)

    def _take(self, event: str, cursor: str, data: Mapping[str, str]) -> None:
        self._cursor = cursor
        if not self._there.is_set():
            query = {"action_type": ACTION}
            # It begins with a heartbeat.
            self._history.note("follows", by=self.name, after=self.position, query=query)
            self._there.set()
        if event == RESET:
            self._resets += 1
        elif event != HEARTBEAT:
            seen = {"at_position": self.position, "id": data["id"]}
            self._history.note("seen", by=self.name, **seen)
            self._pulse.seen((REGISTERED.name, data["id"]))


def _stream(transport: Transport, ports: Ports, project: Path) -> Stream:
    query = {"action_type": ACTION}
    if transport == "grpc":
        return notifications_over_grpc(ports[transport], project, query)
    found = caller(transport, ports, project)
    assert isinstance(found, JsonRpcCaller)
    return over_jsonrpc(found, "notifications", query)


async def _close(each: Caller) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(CLOSING):
            await each.close()
