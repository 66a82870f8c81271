"""Turns: how many large answers are made at once for one connection."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


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
            async with turns:
                yield
        finally:
            self._users[peer] -= 1
            if not self._users[peer]:
                del self._users[peer], self._turns[peer]
