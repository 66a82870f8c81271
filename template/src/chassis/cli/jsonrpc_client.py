"""The client of every transport that carries JSON-RPC; a transport adds how it connects."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgspec
from msgspec import Raw, Struct

from chassis.application.streaming.messages import End, StreamItem, Subscribe
from chassis.cli.clients import Disconnected, RequestRefused
from chassis.cli.credentials import Credentials
from chassis.cli.failure import UsageError
from chassis.cli.remote import Remote

TIMEOUT = 30.0

# The code of errors after which a retry may succeed.
BUSY = -32005


class _Error(Struct):
    code: int
    message: str


class _Event(Struct):
    event: str
    cursor: str
    data: Raw = Raw()
    reason: str | None = None

    def item(self) -> StreamItem:
        reasons: dict[str | None, End] = {"draining": "draining", "expired": "expired"}
        return StreamItem(
            event=self.event,
            cursor=self.cursor,
            data=self.data or None,
            reason=reasons.get(self.reason, "too slow") if self.event == "closed" else None,
        )


class _Message(Struct):
    id: int | None = None
    result: Raw = Raw()
    error: _Error | None = None
    params: Raw = Raw()


class _Ids(Struct):
    ids: list[str]


_decoder = msgspec.json.Decoder(_Message)


class Connection(Protocol):
    """A connection that carries whole messages."""

    async def send(self, message: bytes) -> None:
        """Send a message; raises `OSError`."""
        ...

    async def receive(self) -> bytes:
        """Return the next message; raises `OSError`, also at the end of the connection."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


class JsonRpcClient(ABC):
    """Talks to the service at `url`; a stream has a connection of its own."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        self._url = url
        self._credentials = credentials
        self._remote = remote
        self._connection: _Caller | None = None

    @abstractmethod
    async def connect(self) -> Connection:
        """Return a new connection; raises `OSError`."""

    async def register(self, items: Sequence[Any], key: str | None) -> list[str]:
        """Register the items and return their ids."""
        params = {self._remote.items: items} | ({"idempotency_key": key} if key else {})
        with _reached(self._url):
            if self._connection is None:
                self._connection = await self._open()
            result = await self._connection.ask(self._remote.register, params)
            return msgspec.json.decode(result, type=_Ids).ids

    async def follow(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Yield the stream's items until it ends."""
        resume = {"cursor": subscribe.cursor} if subscribe.cursor else {}
        with _reached(self._url):
            connection = await self._open()
            try:
                params = self._remote.filters(subscribe) | resume
                await connection.ask(self._remote.subscribe, params)
                while True:
                    message = await connection.read()
                    item = msgspec.json.decode(message.params, type=_Event).item()
                    yield item
                    if item.event == "closed":
                        return
            finally:
                await connection.close()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            await self._connection.close()

    async def _open(self) -> "_Caller":
        async with asyncio.timeout(TIMEOUT):
            connection = _Caller(await self.connect())
        token = self._credentials.token()
        if token:
            try:
                await connection.ask("session.authenticate", {"token": token})
            except BaseException:
                await connection.close()
                raise
        return connection


class _Caller:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._asked = 0

    async def ask(self, method: str, params: dict[str, Any]) -> Raw:
        """Return the result; raises `RequestRefused` or `Disconnected`."""
        self._asked += 1
        request = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params}
        async with asyncio.timeout(TIMEOUT):
            await self._connection.send(msgspec.json.encode(request))
            message = await self.read()
        return message.result

    async def read(self) -> _Message:
        message = _decoder.decode(await self._connection.receive())
        if message.error is not None:
            kind = Disconnected if message.error.code == BUSY else RequestRefused
            raise kind(f"{message.error.code}: {message.error.message}")
        return message

    async def close(self) -> None:
        await self._connection.close()


def place_of(url: str, scheme: str, port: int) -> tuple[str, int]:
    """Return the host and the port of `url`, by default those of this machine's service.

    Raises `UsageError`.
    """
    try:
        parts = urlsplit(url)
        return parts.hostname or "127.0.0.1", parts.port or port
    except ValueError as error:
        raise UsageError(f"{url} is no URL such as {scheme}://127.0.0.1:{port}: {error}") from None


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, RecursionError, msgspec.DecodeError) as error:
        reason = str(error) or type(error).__name__
        raise Disconnected(
            f"{url} does not answer ({reason}): is the service running there?"
        ) from error
