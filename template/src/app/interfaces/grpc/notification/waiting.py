"""What has been read of a call and waits: the client goes on while there is room."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Self

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb

MESSAGES = 256
# Bytes; a single message may be larger.
WEIGHT = 1024 * 1024

type Message = pb.RegisterManyRequest


class Waiting:
    """Reads inside the block, and no more after it."""

    def __init__(self, messages: AsyncIterator[Message]) -> None:
        self._messages = messages
        self._waiting: deque[tuple[Message, int]] = deque()
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

    async def take(self) -> Message | None:
        """Wait for a message; at the end return none, or raise what the reading raised."""
        while not self._waiting:
            if self._error is not None:
                raise self._error
            if self._is_over:
                return None
            self._news.clear()
            await self._news.wait()
        return self._pop()

    def take_at_once(self, room: int) -> Message | None:
        """Return a message if one is there, and holds something, and no more than `room`."""
        if not self._waiting or not 0 < len(self._waiting[0][0].notifications) <= room:
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

    def _pop(self) -> Message:
        message, weight = self._waiting.popleft()
        self._weight -= weight
        self._room.set()
        return message
