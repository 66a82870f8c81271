"""Handshakes with the quic server: its certificate, the client's, and what both sides speak."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from aioquic.quic.packet import QuicErrorCode
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.interfaces.serving import tls as module
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls
from tests.chassis.certificates import Authority
from tests.chassis.integration.quic.serving import (
    Client,
    Protocol,
    configuration,
    connecting,
    request,
    serving,
    until,
)
from tests.unit.support import RecordingMetrics


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


async def test_a_client_trusts_the_authority(authority: Authority, tmp_path: Path) -> None:
    async with serving({GetNotification: done}, authority=authority) as server:
        async with Client.connected(server, configuration(authority)) as client:
            client.send(request())
            assert (await client.line())["result"] == "done"
        foreign = Authority(tmp_path, "foreign")
        with pytest.raises(ConnectionError):
            async with connecting(server, configuration(foreign)):
                pass


@pytest.mark.parametrize("protocols", (["h3"], ["shallot-jsonrpc/2"], None))
async def test_another_protocol_is_refused(protocols: list[str] | None) -> None:
    async with serving() as server:
        made = configuration()
        made.alpn_protocols = protocols
        with pytest.raises(ConnectionError):
            async with connecting(server, made):
                pass
        await until(lambda: not server._protocols)


async def test_a_client_shows_its_own_certificate_where_it_has_to(
    authority: Authority, tmp_path: Path
) -> None:
    metrics = RecordingMetrics()
    tls = Tls(*authority.sign("server"), authority.file)
    foreign = Authority(tmp_path, "foreign").sign("foreign")
    async with serving({GetNotification: done}, tls=tls, meter=Meter(metrics, "quic")) as server:
        known = configuration(authority, authority.sign("client"))
        async with Client.connected(server, known) as client:
            client.send(request())
            assert (await client.line())["result"] == "done"
        for files in (None, foreign):
            # With TLS 1.3 a client hears of it after its own handshake.
            async with Client.connected(server, configuration(authority, files)) as stranger:
                stranger.send(request())
                await until(lambda: stranger.protocol.ended is not None)
                assert stranger.protocol.ended is not None
                assert stranger.protocol.ended.error_code == QuicErrorCode.CRYPTO_ERROR + 116
                assert await stranger.is_closed()
    assert metrics.counters["connections_refused:quic:handshake"] == 2


async def test_a_renewed_certificate_is_taken_up_and_open_connections_go_on(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "POLL_INTERVAL", 0.0)
    tls = Tls(*authority.sign("server"))
    async with (
        serving({GetNotification: done}, tls=tls) as server,
        Client.connected(server, configuration(authority)) as client,
    ):
        before = serial_number(client.protocol)
        files = authority.sign("server")
        async with asyncio.timeout(10):
            while True:
                async with connecting(server, configuration(authority)) as other:
                    if serial_number(other) != before:
                        break
        # Half of it is written: the old one stays.
        files.private_key.write_text("half")
        async with connecting(server, configuration(authority)) as other:
            assert serial_number(other) != before
        client.send(request())
        assert (await client.line())["result"] == "done"


async def test_no_ticket_is_given_so_that_nothing_is_sent_before_the_handshake() -> None:
    tickets: list[Any] = []
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.protocol._quic.tls.new_session_ticket_cb = tickets.append
        client.send(request())
        await client.line()
        assert not client.protocol._quic.tls.early_data_accepted
    assert tickets == []


async def test_a_handshake_may_not_take_for_ever() -> None:
    metrics = RecordingMetrics()

    class Silent(Protocol):
        """Sends its first packet and hears nothing."""

        def datagram_received(self, data: Any, addr: Any) -> None:
            pass

    async with serving(meter=Meter(metrics, "quic"), handshake_timeout=0.1) as server:
        loop = asyncio.get_running_loop()
        from aioquic.quic.connection import QuicConnection

        transport, silent = await loop.create_datagram_endpoint(
            lambda: Silent(QuicConnection(configuration=configuration())),
            local_addr=("127.0.0.1", 0),
        )
        silent.connect(("127.0.0.1", server.port))
        await until(lambda: server._protocols)
        transport.close()
        await until(lambda: not server._protocols)
        assert server._listener is not None
        assert server._listener.greeter.half_open.open == 0
        assert server._listener._routes == {}
    assert metrics.counters["connections_refused:quic:handshake"] == 1


async def test_a_certificate_that_cannot_be_used_is_told_at_the_start(
    authority: Authority, tmp_path: Path
) -> None:
    files = authority.sign("server")
    tls = Tls(files.certificate, tmp_path / "missing.key")
    with pytest.raises(StartError, match=r"missing\.key cannot be read"):
        async with serving(tls=tls):
            pass


def serial_number(protocol: Protocol) -> int:
    certificate = protocol._quic.tls._peer_certificate
    assert certificate is not None
    return certificate.serial_number
