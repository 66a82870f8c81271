"""Real handshakes with the tcp server."""

import asyncio
import ssl
from pathlib import Path
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.interfaces.serving import tls as module
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority, Files
from tests.chassis.integration.tcp.serving import Client, request, serving
from tests.unit.support import RecordingMetrics


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def trusting(authority: Authority, files: Files | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authority.file)
    if files is not None:
        context.load_cert_chain(*files)
    return context


async def test_lines_go_both_ways(authority: Authority) -> None:
    tls = Tls(*authority.sign("server"))
    async with (
        serving({GetNotification: done}, tls=tls) as server,
        Client.connected(server, trusting(authority)) as client,
    ):
        await client.send(b"".join(map(request, range(2000))))
        assert [(await client.line())["id"] for _ in range(2000)] == list(range(2000))


async def test_what_is_refused_is_told_before_the_end(authority: Authority) -> None:
    tls = Tls(*authority.sign("server"))
    async with (
        serving(tls=tls, message_size=100) as server,
        Client.connected(server, trusting(authority)) as client,
    ):
        await client.send(b"x" * 200)
        assert (await client.line())["error"]["code"] == -32003
        assert await client.is_closed()


async def test_a_client_shows_its_own_certificate_where_it_has_to(authority: Authority) -> None:
    tls = Tls(*authority.sign("server"), authority.file)
    async with serving({GetNotification: done}, tls=tls) as server:
        known = trusting(authority, authority.sign("client"))
        async with Client.connected(server, known) as client:
            await client.send(request())
            assert (await client.line())["result"] == "done"
        # With TLS 1.3 a client hears of it after its own handshake.
        async with Client.connected(server, trusting(authority)) as stranger:
            await stranger.send(request())
            assert await stranger.is_closed()


async def test_a_renewed_certificate_is_taken_up(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_INTERVAL", 0.0)
    tls = Tls(*authority.sign("server"))
    async with serving({GetNotification: done}, tls=tls) as server:
        before = await serial_number(server.port, trusting(authority))
        authority.sign("server")
        async with asyncio.timeout(10):
            while await serial_number(server.port, trusting(authority)) == before:
                await asyncio.sleep(0.02)


async def test_a_handshake_may_not_take_for_ever(authority: Authority) -> None:
    tls, metrics = Tls(*authority.sign("server")), RecordingMetrics()
    async with (
        serving(tls=tls, meter=Meter(metrics, "tcp"), handshake_timeout=0.1) as server,
        Client.connected(server) as client,
    ):
        assert await client.is_closed()
    assert metrics.counters["connections_refused:tcp:handshake"] == 1


async def test_a_certificate_that_cannot_be_used_is_told_at_the_start(
    authority: Authority, tmp_path: Path
) -> None:
    files = authority.sign("server")
    tls = Tls(files.certificate, tmp_path / "missing.key")
    with pytest.raises(StartError, match=r"missing\.key cannot be read"):
        async with serving(tls=tls):
            pass


async def serial_number(port: int, context: ssl.SSLContext) -> str:
    _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context)
    told = writer.get_extra_info("ssl_object").getpeercert()
    writer.close()
    number: str = told["serialNumber"]
    return number
