"""Turns: how many large answers are made at once for one connection."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

# Seconds. gRPC tells of a connection that is gone call by call: those that wait are to hear of it
# before one that was under way leaves its turn to them.
PAUSE = 0.1


class Turns:
    """Gives each connection `at_once` of them; what waits for one holds a request and no answer."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._turns: dict[str, asyncio.Semaphore] = {}
        self._users: Counter[str] = Counter()

    def __len__(self) -> int:
        """Return how many connections have some, or wait for one."""
        return len(self._turns)

    @asynccontextmanager
    async def turn(self, peer: str) -> AsyncIterator[None]:
        """Wait for a turn of the connection from `peer`, and have it for as long as the block."""
        turns = self._turns.setdefault(peer, asyncio.Semaphore(self._at_once))
        self._users[peer] += 1
        try:
            await turns.acquire()
            pause = 0.0
            try:
                yield
            except asyncio.CancelledError:
                pause = PAUSE
                raise
            finally:
                asyncio.get_running_loop().call_later(pause, turns.release)
        finally:
            self._users[peer] -= 1
            if not self._users[peer]:
                del self._users[peer], self._turns[peer]
