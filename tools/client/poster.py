"""Posts over a few connections that stay open."""

import asyncio
import re
from collections import deque
from typing import Any, NamedTuple

from tools.client.address import Address

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Answer(NamedTuple):
    """A response: its status, its head as it came, its body."""

    status: int
    head: bytes
    body: bytes


class Poster:
    """Posts JSON, to `path` as a rule; at most `connections` requests are under way at once."""

    def __init__(
        self,
        url: str,
        path: str = "/notifications",
        connections: int = 64,
        patience: float = 30.0,
    ) -> None:
        self._address = Address.of(url)
        self._head = self._head_of(path)
        self._patience = patience
        self._free = asyncio.Semaphore(connections)
        self._idle: deque[_Connection] = deque()

    async def post(self, body: bytes, key: str | None = None, path: str | None = None) -> Answer:
        """Return the answer; `key` is the idempotency key, and `path` is for this request alone.

        Waits for a free connection. Raises `OSError` where there is no connection to be had, it is
        lost before the answer has come, or that takes longer than `patience` seconds.
        """
        keyed = f"idempotency-key: {key}\r\n" if key else ""
        rest = f"{keyed}content-length: {len(body)}\r\n\r\n".encode()
        head = self._head if path is None else self._head_of(path)
        async with self._free:
            # To be let in may take long, too.
            async with asyncio.timeout(self._patience):
                connection = await self._connection()
                try:
                    answer = await connection.ask(head + rest + body)
                except BaseException:
                    connection.close()
                    raise
            self._idle.append(connection)
            return answer

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop().close()

    def _head_of(self, path: str) -> bytes:
        return (
            f"POST {path} HTTP/1.1\r\nhost: {self._address.host}\r\n"
            "content-type: application/json\r\n"
        ).encode()

    async def _connection(self) -> "_Connection":
        while self._idle:
            connection = self._idle.pop()
            if connection.open:
                return connection
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(_Connection, *self._address)
        return connection


class _Connection(asyncio.Protocol):
    """One request after the other, each answered with a content length."""

    def __init__(self) -> None:
        self.open = False
        self._transport: Any = None
        self._received = b""
        self._answer: asyncio.Future[Answer] | None = None

    async def ask(self, request: bytes) -> Answer:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def close(self) -> None:
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport
        self.open = True

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._received[:end]
        length = _LENGTH.search(head)
        body = self._received[end + 4 :]
        if length and len(body) < int(length[1]):
            return
        self._received = b""
        if self._answer and not self._answer.done():
            self._answer.set_result(Answer(int(head[9:12]), head, body))

    def connection_lost(self, error: Exception | None) -> None:
        self.open = False
        if self._answer and not self._answer.done():
            self._answer.set_exception(error or ConnectionResetError("closed before the answer"))
