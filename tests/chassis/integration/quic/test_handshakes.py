"""First datagrams: floods of them, garbage, and wrong addresses."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.interfaces.quic import greeter
from chassis.interfaces.serving.meter import Meter
from tests.chassis.integration.quic.attacker import (
    CRYPTO,
    first_datagram,
    garbage,
    hear,
    initial,
    udp,
)
from tests.chassis.integration.quic.serving import Client, connecting, request, serving, until
from tests.unit.support import RecordingMetrics


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


async def test_with_many_half_open_ones_a_client_shows_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(greeter, "RETRY_FROM", 0)
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.send(request())
        assert (await client.line())["result"] == "done"
        assert client.protocol._quic._retry_count == 1


async def test_a_token_that_was_not_given_is_refused() -> None:
    async with serving() as server, connecting(server) as good:
        with pytest.raises(ConnectionError):
            made = good._quic.configuration
            made.token = b"x" * 60
            async with connecting(server, made):
                pass
        assert len(server._protocols) == 1


async def test_half_open_ones_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(greeter, "HALF_OPEN", 3)
    metrics = RecordingMetrics()
    async with serving(meter=Meter(metrics, "quic"), handshake_timeout=3) as server:
        with udp(server.port) as own:
            for _ in range(10):
                own.send(first_datagram())
            await until(lambda: len(server._protocols) == 3)
            with pytest.raises(ConnectionError):
                async with connecting(server):
                    pass
            assert len(server._protocols) == 3
        await until(lambda: not server._protocols)
        async with connecting(server):
            pass
    assert metrics.counters["connections_refused:quic:connections"] == 8
    assert metrics.counters["connections_refused:quic:handshake"] == 3


async def test_a_flood_costs_a_share_and_open_connections_go_on() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        flood = [first_datagram() for _ in range(200)]
        with udp(server.port) as own:
            for turn in range(10):
                for datagram in flood:
                    own.send(datagram[:5] + bytes([8]) + garbage(8) + datagram[14:])
                client.send(request(turn))
                assert (await client.line())["id"] == turn
        # Each looked like a first datagram, and none could be read.
        assert len(server._protocols) == 1
        with udp(server.port) as own:
            for datagram in flood:
                own.send(datagram)
            await asyncio.sleep(0.5)
            assert len(server._protocols) <= greeter.RETRY_FROM + 1
            client.send(request(100))
            assert (await client.line())["id"] == 100
            async with Client.connected(server) as other:
                other.send(request())
                assert (await other.line())["result"] == "done"


async def test_a_wrong_address_gets_at_most_three_times_what_was_sent_there() -> None:
    async with serving(handshake_timeout=2) as server:
        with udp(server.port) as victim:
            datagram = first_datagram()
            victim.send(datagram)
            heard = await hear(victim, 3.5)
        assert not server._protocols
    # It tries again, and gives up without a word.
    assert 1200 < heard <= 3 * len(datagram)


@pytest.mark.parametrize(
    ("sent", "most"),
    (
        (b"", 0),
        (b"\x40", 0),
        (b"\xc0" * 5, 0),
        (b"\xc0\x0a\x0a\x0a\x0a\x08" + b"x" * 8 + b"\x08" + b"y" * 8, 0),
        (b"\xc0\x0a\x0a\x0a\x0a\x08" + b"x" * 8 + b"\x08" + b"y" * 8 + b"\0" * 1200, 1200),
        (b"\xc0\0\0\0\0\x08" + b"x" * 8 + b"\x08" + b"y" * 8 + b"\0" * 1200, 0),
    ),
)
async def test_what_is_no_first_datagram_gets_no_long_answer(sent: bytes, most: int) -> None:
    async with serving({GetNotification: done}) as server:
        with udp(server.port) as own:
            own.send(sent)
            assert await hear(own, 0.2) <= most
        assert not server._protocols


async def test_garbage_changes_nothing() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.send(request(1))
        await client.line()
        [protocol] = server._protocols
        ids = list(protocol._ids)
        with udp(server.port) as own:
            for number in range(300):
                own.send(garbage(number * 5 % 1400))
                # As if it came from the client.
                own.send(b"\x40" + ids[number % len(ids)] + garbage(40 + number))
                own.send(b"\xc0\0\0\0\1\x08" + ids[number % len(ids)] + b"\0" + garbage(1200))
                if number % 50 == 0:
                    await asyncio.sleep(0)
        client.send(request(2))
        assert (await client.line())["id"] == 2
        assert len(server._protocols) == 1


async def test_a_gap_in_a_handshake_takes_no_memory() -> None:
    async with serving(handshake_timeout=60) as server:
        with udp(server.port) as own:
            own.send(initial(CRYPTO, 400_000, b"x"))
            assert await hear(own, 0.5) <= 3 * 1200
            await until(lambda: not server._protocols)


async def test_a_fault_of_the_library_ends_its_connection_alone(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        serving({GetNotification: done}) as server,
        Client.connected(server) as broken,
        Client.connected(server) as whole,
    ):
        broken.send(request(1))
        await broken.line()

        def fail(*arguments: Any, **more: Any) -> None:
            raise RuntimeError("as a fault would")

        for protocol in server._protocols:
            if protocol._streams:
                monkeypatch.setattr(protocol.quic, "_handle_ack_frame", fail)
                monkeypatch.setattr(protocol.quic, "receive_datagram", fail)
        broken.send(request(2))
        await until(lambda: len(server._protocols) == 1)
        whole.send(request(3))
        assert (await whole.line())["id"] == 3
        assert "a connection failed" in caplog.messages
        broken.protocol._closed.set()
