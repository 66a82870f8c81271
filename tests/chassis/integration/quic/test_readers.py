"""Clients that read slowly, or nothing, or have vanished."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.jsonrpc import connection
from tests.chassis.integration.quic.serving import Client, Protocol, request, serving, until
from tests.unit.jsonrpc.talk import Items

SUBSCRIBE = b'{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}\n'


def deafen(protocol: Protocol) -> None:
    """Let a client take no more than it has allowed already."""
    # A hostile client.
    protocol._quic._write_stream_limits = lambda **_: None  # type: ignore[method-assign]
    protocol._quic._write_connection_limits = lambda **_: None  # type: ignore[method-assign]


async def test_a_client_that_does_not_read_is_read_no_further_and_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)
    asked = 0

    async def large(message: Any) -> str:
        nonlocal asked
        asked += 1
        return "x" * 65_536

    async with (
        serving({GetNotification: large}, send_timeout=0.3) as server,
        Client.connected(server) as client,
    ):
        deafen(client.protocol)
        client.send(request() * 100_000)
        await until(lambda: client.stream_id in client.protocol.stopped)
        [protocol] = server._protocols
        assert await client.is_closed_by_reset()
        await until(lambda: not server._sessions)
        assert not protocol.watched
    # As much as the client allows, and no more than a few beyond.
    assert asked < 50


async def test_a_slow_client_that_reads_on_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)

    async def large(message: Any) -> str:
        return "x" * 65_536

    async with (
        serving({GetNotification: large}, send_timeout=0.5) as server,
        Client.connected(server) as client,
    ):
        quic: Any = client.protocol._quic
        write, allowed = quic._write_stream_limits, asyncio.Event()

        def slowly(**more: Any) -> None:
            if allowed.is_set():
                write(**more)

        quic._write_stream_limits = slowly
        client.send(request() * 60)
        for _ in range(60):
            allowed.set()
            client.protocol.transmit()
            allowed.clear()
            assert len((await client.line())["result"]) == 65_536
            await asyncio.sleep(0.02)


async def test_a_stream_waits_for_a_client_that_does_not_read_and_ends_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with (
        serving(handlers, send_timeout=0.3) as server,
        Client.connected(server) as client,
    ):
        deafen(client.protocol)
        client.send(SUBSCRIBE)
        for number in range(1000):
            stream.put(str(number), data=Raw(b'"%b"' % (b"x" * 65_536)))
        await until(lambda: stream.closed is not None)
    assert stream.closed == "stuck"
    assert stream.queue.qsize() > 500


async def test_a_client_that_has_vanished_is_given_up() -> None:
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with (
        serving(handlers, ping_interval=0.3, ping_timeout=1.5) as server,
        Client.connected(server) as client,
        Client.connected(server) as other,
    ):
        for each in (client, other):
            each.send(SUBSCRIBE)
            await each.line()
        # A hostile client.
        client.protocol.datagram_received = lambda data, addr: None  # type: ignore[method-assign]
        await until(lambda: len(server._sessions) == 1)
        await asyncio.sleep(1)
        # The other one has answered all pings.
        assert len(server._protocols) == 1
        client.protocol._closed.set()
