"""Reads the messages of a call ahead: the client continues while there is room."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Self

from google.protobuf.message import Message

MESSAGES = 256
# Bytes; a single message may be larger.
WEIGHT = 1024 * 1024


class ReadAhead[M: Message]:
    """Reads `messages` during its block, and not after it; `count` is how many items one has."""

    def __init__(self, messages: AsyncIterator[M], count: Callable[[M], int]) -> None:
        self._messages = messages
        self._count = count
        self._waiting: deque[tuple[M, int]] = deque()
        self._weight = 0
        self._news = asyncio.Event()
        self._room = asyncio.Event()
        self._is_over = False
        self._error: Exception | None = None

    async def __aenter__(self) -> Self:
        self._reading = asyncio.create_task(self._read())
        return self

    async def __aexit__(self, *error: object) -> None:
        self._reading.cancel()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def take(self) -> M | None:
        """Wait for a message; return `None` at the end. Raises the error of the call."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self._is_over:
                return None
            self._news.clear()
            await self._news.wait()
        return self._pop()

    def take_at_once(self, room: int) -> M | None:
        """Return a message that has already arrived, if it has 1 to `room` items."""
        if not self._waiting or not 0 < self._count(self._waiting[0][0]) <= room:
            return None
        return self._pop()

    async def _read(self) -> None:
        try:
            async for message in self._messages:
                weight = message.ByteSize()
                while self._is_full(weight):
                    self._room.clear()
                    await self._room.wait()
                self._waiting.append((message, weight))
                self._weight += weight
                self._news.set()
        except Exception as error:
            self._error = error
        finally:
            self._is_over = True
            self._news.set()

    def _is_full(self, weight: int) -> bool:
        if not self._waiting:
            return False
        return len(self._waiting) >= MESSAGES or self._weight + weight > WEIGHT

    def _pop(self) -> M:
        message, weight = self._waiting.popleft()
        self._weight -= weight
        self._room.set()
        return message
