"""Handshakes that are begun and not continued, and datagrams that are none."""

import asyncio
import os
import socket

import iroh
import pytest

from app.application.notification.messages import GetNotification
from chassis.interfaces.serving.meter import Meter
from tests.chassis.conformance.drivers.p2p import ALPN, NODE_ID
from tests.chassis.integration.p2p.serving import Client, request, serving
from tests.chassis.integration.p2p.test_lines import done
from tests.unit.support import RecordingMetrics

HOST = "127.0.0.1"
# Bytes of the first datagram, at least: it is padded (RFC 9000, 14.1).
INITIAL = 1200


async def first_datagram() -> bytes:
    """Return how the library begins a handshake."""
    loop = asyncio.get_running_loop()
    options = iroh.EndpointOptions(
        preset=iroh.preset_minimal(),
        bind_addr=f"{HOST}:0",
        relay_mode=iroh.RelayMode.disabled(),
    )
    endpoint = await iroh.Endpoint.bind(options)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sink:
        sink.bind((HOST, 0))
        sink.setblocking(False)
        place = [f"{HOST}:{sink.getsockname()[1]}"]
        target = iroh.EndpointAddr(iroh.EndpointId.from_string(NODE_ID), None, place)
        connecting = asyncio.create_task(endpoint.connect(target, ALPN))
        datagram = await asyncio.wait_for(loop.sock_recv(sink, 2048), 10)
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    await endpoint.close()
    return datagram


async def test_a_forged_address_gets_less_than_was_sent() -> None:
    datagram = await first_datagram()
    received = 0
    async with serving(handshake_timeout=0.3) as server:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as victim:
            victim.setblocking(False)
            victim.sendto(datagram, (HOST, server.port))
            for _ in range(30):
                await asyncio.sleep(0.05)
                try:
                    received += len(victim.recv(65_536))
                except BlockingIOError:
                    continue

    assert len(datagram) >= INITIAL
    assert 0 < received < len(datagram)


async def test_datagrams_of_garbage_disturb_nobody() -> None:
    metrics = RecordingMetrics()
    async with (
        serving({GetNotification: done}, meter=Meter(metrics, "p2p")) as server,
        Client.connected(server) as client,
    ):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for number in range(2000):
                head = b"\xc3\x00\x00\x00\x01" if number % 2 else b""
                sender.sendto((head + os.urandom(number))[:INITIAL], (HOST, server.port))
                if number % 50 == 0:
                    await asyncio.sleep(0)
        await client.send(request())
        assert (await client.line())["result"] == "done"
        assert metrics.gauges["connections_open:p2p"] == 1


async def test_a_peer_without_this_protocol_is_refused_and_counted() -> None:
    metrics = RecordingMetrics()
    options = iroh.EndpointOptions(
        preset=iroh.preset_minimal(),
        bind_addr=f"{HOST}:0",
        relay_mode=iroh.RelayMode.disabled(),
    )
    endpoint = await iroh.Endpoint.bind(options)
    async with serving(meter=Meter(metrics, "p2p")) as server:
        place = [f"{HOST}:{server.port}"]
        target = iroh.EndpointAddr(iroh.EndpointId.from_string(NODE_ID), None, place)
        with pytest.raises(iroh.IrohError) as caught:
            await asyncio.wait_for(endpoint.connect(target, b"another/1"), 10)
        await asyncio.sleep(0.1)
        assert metrics.counters["connections_refused:p2p:handshake"] == 1
    await endpoint.close()

    assert "protocol" in caught.value.message()
