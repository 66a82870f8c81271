"""The client for tcp and tcps: JSON-RPC, one message a line."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import msgspec
from msgspec import Raw, Struct

from chassis.application.streaming.messages import End, StreamItem, Subscribe
from chassis.cli.clients import Disconnected, RequestRefused
from chassis.cli.credentials import Credentials
from chassis.cli.failure import UsageError
from chassis.cli.remote import Remote

PORT = 7000
TIMEOUT = 30.0
# Bytes of one answer, at most.
LONGEST = 16 * 2**20

# Codes of the errors after which a retry may succeed.
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


_decoder = msgspec.json.Decoder(_Message)


class TcpClient:
    """Talks to the service at `url`; a stream has a connection of its own."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        self._url = url
        self._remote = remote
        self._token = credentials.token
        self._host, self._port, is_secure = _parse(url)
        self._context = credentials.context() if is_secure else None
        self._connection: _Connection | None = None

    async def register(self, items: Sequence[Any], key: str | None) -> list[str]:
        """Register the items and return their ids."""
        params = {self._remote.items: items} | ({"idempotency_key": key} if key else {})
        with _reached(self._url):
            if self._connection is None:
                self._connection = await self._open()
            result = await self._connection.ask(self._remote.register, params)
        return msgspec.json.decode(result, type=dict[str, list[str]])["ids"]

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
                connection.close()

    async def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    async def _open(self) -> "_Connection":
        async with asyncio.timeout(TIMEOUT):
            streams = await asyncio.open_connection(
                self._host, self._port, limit=LONGEST, ssl=self._context
            )
        connection = _Connection(*streams)
        token = self._token()
        if token:
            try:
                await connection.ask("session.authenticate", {"token": token})
            except BaseException:
                connection.close()
                raise
        return connection


class _Connection:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._asked = 0

    async def ask(self, method: str, params: dict[str, Any]) -> Raw:
        """Return the result; raises `RequestRefused` or `Disconnected`."""
        self._asked += 1
        request = {"jsonrpc": "2.0", "id": self._asked, "method": method, "params": params}
        self._writer.write(msgspec.json.encode(request) + b"\n")
        async with asyncio.timeout(TIMEOUT):
            await self._writer.drain()
            message = await self.read()
        return message.result

    async def read(self) -> _Message:
        line = await self._reader.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the connection broke")
        message = _decoder.decode(line)
        if message.error is not None:
            kind = Disconnected if message.error.code == BUSY else RequestRefused
            raise kind(f"{message.error.code}: {message.error.message}")
        return message

    def close(self) -> None:
        self._writer.close()


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError, msgspec.DecodeError) as error:
        reason = str(error) or type(error).__name__
        raise Disconnected(
            f"{url} does not answer ({reason}): is the service running there?"
        ) from error


def _parse(url: str) -> tuple[str, int, bool]:
    try:
        parts = urlsplit(url)
        return parts.hostname or "127.0.0.1", parts.port or PORT, parts.scheme == "tcps"
    except ValueError as error:
        raise UsageError(f"{url} is no URL such as tcp://127.0.0.1:{PORT}: {error}") from None


# The client that `open_client` returns.
CLIENT = TcpClient
