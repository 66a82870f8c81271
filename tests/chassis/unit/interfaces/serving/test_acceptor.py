"""Real sockets and real handshakes."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chassis.interfaces.serving import acceptor as module
from chassis.interfaces.serving.acceptor import Acceptor
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import listen
from chassis.interfaces.serving.meter import Reason
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority
from tests.chassis.few_files import few_files

TIMEOUT = 10.0


class Hello(asyncio.Protocol):
    """Greets, and closes."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # of a stream
        transport.write(b"hello")
        transport.close()


class Served:
    """An acceptor with TLS, and why it has refused."""

    def __init__(self, authority: Authority, limits: Limits) -> None:
        self.refused: list[Reason] = []
        self.listening = listen("tcp", "127.0.0.1", 0, 16)
        self.address: tuple[str, int] = self.listening.getsockname()
        tls = Tls(*authority.sign("server"))
        self.acceptor = Acceptor(self.listening, Hello, limits, tls.context(), self.refused.append)
        self._trusting = ssl.create_default_context(cafile=authority.file)

    def connect(self) -> socket.socket:
        """Return a connection that has said nothing yet."""
        made = socket.create_connection(self.address)
        made.setblocking(False)
        return made

    async def greeted(self, connection: socket.socket) -> bytes:
        """Return what comes over TLS, up to the end."""
        reader, writer = await asyncio.open_connection(
            sock=connection, ssl=self._trusting, server_hostname="localhost"
        )
        try:
            return await reader.read()
        finally:
            writer.close()

    async def until_refused(self, *reasons: Reason) -> None:
        """Wait until it has refused just these."""
        async with asyncio.timeout(TIMEOUT):
            while len(self.refused) < len(reasons):
                await asyncio.sleep(0.01)
        assert self.refused == [*reasons]


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@asynccontextmanager
async def serving(authority: Authority, limits: Limits) -> AsyncIterator[Served]:
    served = Served(authority, limits)
    await served.acceptor.start()
    try:
        yield served
    finally:
        await served.acceptor.close(0)


async def closed(connection: socket.socket) -> bool:
    """Return whether the other side closes, without a word."""
    with connection:
        async with asyncio.timeout(TIMEOUT):
            return await asyncio.get_running_loop().sock_recv(connection, 1) == b""


@pytest.mark.parametrize(
    ("limits", "reason"),
    (
        (Limits(connections=2), "connections"),
        (Limits(connections_per_address=2), "address"),
    ),
    ids=("all", "of one address"),
)
async def test_handshakes_are_bounded(authority: Authority, limits: Limits, reason: Reason) -> None:
    async with serving(authority, limits) as served:
        first, second = served.connect(), served.connect()
        assert await closed(served.connect())
        await served.until_refused(reason)

        assert await served.greeted(first) == b"hello"
        assert await served.greeted(served.connect()) == b"hello"
        second.close()


async def test_what_is_no_handshake_is_told_and_gives_its_place_back(authority: Authority) -> None:
    async with serving(authority, Limits(connections=1)) as served:
        with served.connect() as plain:
            plain.send(b"GET / HTTP/1.1\r\n\r\n")
            await served.until_refused("handshake")

        assert await served.greeted(served.connect()) == b"hello"


async def test_one_that_takes_too_long_gives_its_place_back(authority: Authority) -> None:
    async with serving(authority, Limits(connections=1, handshake_timeout=0.1)) as served:
        assert await closed(served.connect())
        await served.until_refused("handshake")

        assert await served.greeted(served.connect()) == b"hello"


@pytest.mark.parametrize("first", (b"", b"\x16\x03\x01\x00\xff\x01"), ids=("at once", "in it"))
@pytest.mark.parametrize("resets", (False, True), ids=("with a goodbye", "without one"))
async def test_one_that_leaves_gives_its_place_back(
    authority: Authority, first: bytes, resets: bool
) -> None:
    async with serving(authority, Limits(connections=1)) as served:
        leaving = served.connect()
        leaving.send(first)
        await asyncio.sleep(0.05)
        if resets:
            leaving.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        leaving.close()
        await asyncio.sleep(0.05)

        assert await served.greeted(served.connect()) == b"hello"
        assert served.refused == []


async def test_who_has_connected_is_served_when_it_closes(authority: Authority) -> None:
    served = Served(authority, Limits())
    await served.acceptor.start()
    waiting, quiet = served.connect(), served.connect()

    greeted, _ = await asyncio.gather(served.greeted(waiting), served.acceptor.close(0.5))

    assert greeted == b"hello"
    assert await closed(quiet)
    with pytest.raises(ConnectionRefusedError):
        served.connect()


async def test_where_files_run_out_it_goes_on_later(
    authority: Authority, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(module, "PAUSE", 0.05)
    async with serving(authority, Limits()) as served:
        with served.connect() as waiting:
            with few_files(waiting.fileno() + 1):
                async with asyncio.timeout(TIMEOUT):
                    while "no connection can be accepted" not in caplog.text:
                        await asyncio.sleep(0.01)
            assert await served.greeted(waiting) == b"hello"
