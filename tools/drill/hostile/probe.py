"""Good callers: one on each transport, at a steady pace, whose answers are timed."""

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tools.client.pace import pace
from tools.drill.hostile.target import Target
from tools.drill.over.caller import (
    STREAMS,
    Caller,
    RefusedError,
    Transport,
    UnansweredError,
    UnreachedError,
)

# Requests a second of each.
RATE = 20.0
NS_PER_MS = 1_000_000
LONGEST = 600.0
NAME = "good"


class Probe:
    """The milliseconds from when a request was due to its answer, and what was not answered."""

    def __init__(self, transports: Sequence[Transport] = STREAMS) -> None:
        self.transports = transports
        self.failed: Counter[str] = Counter()
        self._times: dict[Transport, list[float]] = {name: [] for name in transports}

    def __add__(self, other: "Probe") -> "Probe":
        """Return what both have found together."""
        both = Probe(self.transports)
        both.failed = self.failed + other.failed
        both._times = {name: self._times[name] + other._times[name] for name in self.transports}
        return both

    def p99(self, transport: Transport) -> float:
        """Return what 99 of 100 answers took at most, in ms."""
        times = sorted(self._times[transport])
        return times[math.ceil(0.99 * len(times)) - 1] if times else math.inf

    def told(self) -> str:
        """Return the p99 of each transport, and how many requests failed, and why."""
        times = ", ".join(f"{name} {self.p99(name):.0f} ms" for name in self.transports)
        reasons = "".join(f"; {reason}" for reason in self.failed)
        return f"p99 {times}; failed {self.failed.total()}{reasons}"

    @asynccontextmanager
    async def asking(self, target: Target) -> AsyncIterator[None]:
        """Ask for as long as the block lasts."""
        stopping = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for name in self.transports:
                group.create_task(self._ask(target, name, stopping))
            try:
                yield
            finally:
                stopping.set()

    async def _ask(self, target: Target, name: Transport, stopping: asyncio.Event) -> None:
        caller = target.caller(name, NAME)
        try:
            # One that makes the connection, and is not timed.
            await self._register(caller, name)
            async for _, due in pace(RATE, LONGEST, stopping):
                if await self._register(caller, name):
                    self._times[name].append((time.monotonic_ns() - due) / NS_PER_MS)
        finally:
            await caller.close()

    async def _register(self, caller: Caller, name: Transport) -> bool:
        try:
            await caller.register({"receiver": NAME, "action_type": "probed"})
        except (RefusedError, UnansweredError, UnreachedError) as error:
            self.failed[f"{name}: {error}"] += 1
            return False
        return True


async def quiet(target: Target, seconds: float, transports: Sequence[Transport] = STREAMS) -> Probe:
    """Return the results of good callers without any other callers."""
    probe = Probe(transports)
    async with probe.asking(target):
        await asyncio.sleep(seconds)
    return probe
