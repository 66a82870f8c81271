"""A connection to each transport that carries JSON-RPC, whose bytes are the attacker's own."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any, Protocol

import iroh
from aioquic.asyncio.client import connect
from aioquic.quic.configuration import QuicConfiguration

from tests.chassis import webrtc_client
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.drivers import p2p
from tests.chassis.conformance.tokens import token

LINES = ("tcp", "quic", "p2p")
JSON_RPC = (*LINES, "webrtc")
ALPN = "shallot-jsonrpc/1"
TIMEOUT = 20.0


class Talk(Protocol):
    """One session: a connection, a stream or a data channel."""

    async def send(self, data: bytes) -> None:
        """Send bytes; over webrtc they are one message."""
        ...

    async def end(self) -> None:
        """Send no more, and go on reading where that is possible."""
        ...

    async def receive(self) -> bytes:
        """Return some bytes, over webrtc one message; none at the end."""
        ...


class Asking:
    """The messages of a session, by hand."""

    def __init__(self, talk: Talk, *, is_lines: bool) -> None:
        self.talk = talk
        self._is_lines = is_lines
        self._rest = b""

    async def raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        await self.talk.send(data)

    async def send(self, message: bytes) -> None:
        """Send a whole message."""
        await self.talk.send(message + b"\n" if self._is_lines else message)

    async def end(self) -> None:
        """Send no more."""
        await self.talk.end()

    async def next(self) -> Any:
        """Return the next message, or None at the end."""
        async with asyncio.timeout(TIMEOUT):
            if not self._is_lines:
                message = await self.talk.receive()
                return json.loads(message) if message else None
            while b"\n" not in self._rest:
                if not (data := await self.talk.receive()):
                    return None
                self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return json.loads(line)

    async def rest(self) -> list[Any]:
        """Return the messages until the end."""
        found = []
        while (message := await self.next()) is not None:
            found.append(message)
        return found

    async def ask(self, method: str, identity: Any = 1, **params: Any) -> Any:
        """Return the whole answer to a request; no other may be on its way."""
        await self.send(request(method, identity, **params))
        return await self.next()

    async def ask_past_events(self, method: str, **params: Any) -> Any:
        """Return the answer to a request, and pass over the events in front of it."""
        answer = await self.ask(method, **params)
        while "method" in answer:
            answer = await self.next()
        return answer


def request(method: str, identity: Any = 1, **params: Any) -> bytes:
    """Return a request."""
    message = {"jsonrpc": "2.0", "id": identity, "method": method, "params": params}
    return json.dumps(message).encode()


def authentication(**claims: Any) -> bytes:
    """Return the request that shows a token."""
    return request("session.authenticate", 0, token=token(**claims))


def kind_of(answer: Any) -> tuple[int, str]:
    """Return the code and the kind of an error; nothing internal may be in it."""
    error = answer["error"]
    text = json.dumps(error)
    assert not any(word in text for word in ("Traceback", ".py", "site-packages")), text
    return error["code"], error["data"]["kind"]


@asynccontextmanager
async def talking(
    target: Target, surface: str, *, known: bool = True, **claims: Any
) -> AsyncIterator[Asking]:
    """Open a session; with `known`, its caller has shown a token."""
    port = target.ports[surface]
    bearer = token(**claims) if known else None
    async with OPEN[surface](port, bearer) as opened:
        asking = Asking(opened, is_lines=surface != "webrtc")
        if bearer is not None and surface != "webrtc":
            assert "result" in await asking.ask("session.authenticate", 0, token=bearer)
        yield asking


@asynccontextmanager
async def sessions(target: Target, surface: str) -> AsyncIterator[Callable[[], Any]]:
    """Yield a function that opens further sessions, on one connection where there can be many."""
    port = target.ports[surface]
    async with AsyncExitStack() as stack:
        if surface == "quic":
            client = await stack.enter_async_context(_quic_connection(port))

            async def stream() -> Asking:
                opened = Streams(*await client.create_stream())
                stack.callback(opened.leave)
                return Asking(opened, is_lines=True)

            yield stream
        elif surface == "p2p":
            connection = await stack.enter_async_context(p2p.connection(f"127.0.0.1:{port}"))

            async def peer_stream() -> Asking:
                return Asking(PeerStream(await connection.open_bi()), is_lines=True)

            yield peer_stream
        else:

            async def plain() -> Asking:
                return await stack.enter_async_context(talking(target, surface, known=False))

            yield plain


class Streams:
    """A stream of asyncio."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        self.writer.write(data)
        await self.writer.drain()

    async def end(self) -> None:
        """Half-close."""
        self.writer.write_eof()

    def leave(self) -> None:
        """Close it, whatever has become of it."""
        with suppress(RuntimeError, ValueError):
            self.writer.close()

    async def receive(self) -> bytes:
        """Return some bytes."""
        with suppress(ConnectionError):
            return await self.reader.read(65_536)
        return b""


class PeerStream:
    """A stream of iroh."""

    def __init__(self, stream: iroh.BiStream) -> None:
        self.receiving, self.sending = stream.recv(), stream.send()

    async def send(self, data: bytes) -> None:
        """Send bytes."""
        await self.sending.write_all(data)

    async def end(self) -> None:
        """Half-close."""
        await self.sending.finish()

    async def receive(self) -> bytes:
        """Return some bytes."""
        with suppress(iroh.IrohError):
            return await self.receiving.read(65_536)
        return b""


class DataChannel:
    """A data channel of aiortc."""

    def __init__(self, channel: webrtc_client.Channel) -> None:
        self.channel = channel

    async def send(self, data: bytes) -> None:
        """Send a message of bytes."""
        self.channel.send(data)

    async def end(self) -> None:
        """Close it."""
        self.channel.channel.close()

    async def receive(self) -> bytes:
        """Return a message."""
        message = await self.channel.next()
        return message.encode() if isinstance(message, str) else message or b""


@asynccontextmanager
async def _tcp(port: int, _: str | None) -> AsyncIterator[Talk]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Streams(reader, writer)
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


@asynccontextmanager
async def _quic_connection(port: int) -> AsyncIterator[Any]:
    settings = QuicConfiguration(
        alpn_protocols=[ALPN], verify_mode=ssl.CERT_NONE, idle_timeout=TIMEOUT
    )
    async with connect("127.0.0.1", port, configuration=settings) as client:
        yield client


@asynccontextmanager
async def _quic(port: int, _: str | None) -> AsyncIterator[Talk]:
    async with _quic_connection(port) as client:
        stream = Streams(*await client.create_stream())
        try:
            yield stream
        finally:
            stream.leave()


@asynccontextmanager
async def _p2p(port: int, _: str | None) -> AsyncIterator[Talk]:
    async with p2p.connection(f"127.0.0.1:{port}") as connection:
        yield PeerStream(await connection.open_bi())


@asynccontextmanager
async def _webrtc(port: int, bearer: str | None) -> AsyncIterator[Talk]:
    async with webrtc_client.connected(f"http://127.0.0.1:{port}", bearer) as (_, channel):
        yield DataChannel(channel)


OPEN: dict[str, Any] = {"tcp": _tcp, "quic": _quic, "p2p": _p2p, "webrtc": _webrtc}
