"""The limits of a client."""

import asyncio
from typing import Any

import aioice.ice
import aioice.stun
import pytest
from aiortc.rtcsctptransport import (
    SCTP_DATA_FIRST_FRAG,
    WEBRTC_STRING,
    DataChunk,
    RTCSctpTransport,
)
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.jsonrpc import connection
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.webrtc import peer
from tests.chassis.integration.webrtc.serving import client_of, request, rest, serving, told, url_of
from tests.chassis.webrtc_client import Refused, connected
from tests.unit.jsonrpc.talk import Gate, Items
from tests.unit.support import RecordingMetrics

SUBSCRIBE = '{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}'


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


@pytest.mark.parametrize("size", (300, 3_000_000))
async def test_a_message_that_is_too_long(size: int) -> None:
    async with (
        serving({GetNotification: done}, message_size=200) as server,
        client_of(server) as (_, channel),
    ):
        channel.send(request(1))
        channel.send("x" * size)
        channel.send(request(2))
        first, refused = await rest(channel)

    assert first["id"] == 1
    assert (refused["id"], refused["error"]["code"]) == (None, -32003)
    assert refused["error"]["message"] == "message: must have at most 200 bytes"


async def test_an_answer_that_is_larger_than_the_client_takes() -> None:
    async def large(message: Any) -> str:
        return "x" * 300_000

    async with serving({GetNotification: large}) as server, client_of(server) as (_, channel):
        channel.send(request(1))
        refused = await told(channel)
        channel.send(request(2))

        assert (refused["id"], refused["error"]["code"]) == (1, -32003)
        assert "the client takes at most 262144" in refused["error"]["message"]
        assert (await told(channel))["id"] == 2


async def test_an_event_that_is_larger_than_the_client_takes_is_no_gap() -> None:
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with serving(handlers) as server, client_of(server) as (_, channel):
        channel.send(SUBSCRIBE)
        await told(channel)
        stream.put("c1", data=Raw(b'"%b"' % (b"x" * 300_000)))
        stream.put("c2")
        [refused] = await rest(channel)

    assert (refused["id"], refused["error"]["code"]) == (None, -32003)


async def test_one_peer_too_many() -> None:
    metrics = RecordingMetrics()
    async with (
        serving({GetNotification: done}, meter=Meter(metrics, "webrtc"), connections=1) as server,
        client_of(server) as (_, channel),
    ):
        with pytest.raises(Refused, match="too many connections are open") as refused:
            async with client_of(server):
                pass
        assert refused.value.status == 503
        assert refused.value.headers["retry-after"] == "1"
        channel.send(request())
        assert "result" in await told(channel)
    assert metrics.counters["connections_refused:webrtc:connections"] == 1


async def test_one_peer_too_many_of_an_address() -> None:
    async with serving({GetNotification: done}, connections_per_address=1) as server:
        async with client_of(server):
            with pytest.raises(Refused, match="from this address"):
                async with client_of(server):
                    pass
        async with asyncio.timeout(5):
            while len(server._peers):
                await asyncio.sleep(0.01)
        async with client_of(server) as (_, channel):
            channel.send(request())
            assert "result" in await told(channel)


async def test_one_channel_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peer, "CHANNELS", 1)
    async with serving({GetNotification: done}) as server, client_of(server) as (client, first):
        [refused] = await rest(client.channel())
        assert refused["error"]["code"] == -32005
        first.send(request())
        assert "result" in await told(first)


@pytest.mark.parametrize(
    "parameters", ({"ordered": False}, {"maxRetransmits": 0}, {"maxPacketLifeTime": 100})
)
async def test_a_channel_must_lose_nothing(parameters: dict[str, Any]) -> None:
    async with serving() as server, client_of(server) as (client, _):
        [refused] = await rest(client.channel(**parameters))

    assert refused["error"]["message"] == "channel: must be ordered and reliable"


async def test_whoever_does_not_connect_is_forgotten() -> None:
    metrics = RecordingMetrics()
    meter = Meter(metrics, "webrtc")
    async with (
        serving(meter=meter, handshake_timeout=0.2) as server,
        # No packet says that a negotiated channel is open.
        connected(url_of(server), negotiated=True, id=3),
        asyncio.timeout(5),
    ):
        while len(server._peers):
            await asyncio.sleep(0.01)
    assert metrics.counters["connections_refused:webrtc:handshake"] == 1


async def test_a_peer_without_a_channel_ends() -> None:
    async with serving(handshake_timeout=0.5) as server, client_of(server) as (_, channel):
        channel.channel.close()
        await rest(channel)
        assert len(server._peers) == 1
        async with asyncio.timeout(5):
            while len(server._peers):
                await asyncio.sleep(0.01)


async def test_an_idle_channel_is_closed_and_a_busy_one_is_not() -> None:
    gate = Gate()
    async with (
        serving({GetNotification: gate}, idle_timeout=0.3) as server,
        client_of(server) as (client, idle),
    ):
        busy = client.channel()
        await busy.opened()
        busy.send(request())
        assert await rest(idle) == []
        gate.open.set()
        assert (await told(busy))["result"] == "done"


async def test_the_rest_of_a_message_may_not_take_for_ever() -> None:
    async with serving(request_timeout=0.3) as server, client_of(server) as (client, channel):
        sctp = client.peer.sctp
        assert sctp is not None
        assert channel.channel.id is not None
        await send_beginning(sctp, channel.channel.id)
        async with asyncio.timeout(5):
            while len(server._peers):
                await asyncio.sleep(0.01)


async def send_beginning(sctp: RTCSctpTransport, stream: int) -> None:
    """Send the first part of a message, and never the last one."""
    chunk = DataChunk(flags=SCTP_DATA_FIRST_FRAG)
    chunk.tsn, chunk.stream_id, chunk.protocol = sctp._local_tsn, stream, WEBRTC_STRING
    chunk.user_data = b"{"
    await sctp._send_chunk(chunk)


async def test_a_client_that_does_not_read_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with (
        serving(handlers, send_timeout=0.3, handshake_timeout=0.5) as server,
        client_of(server) as (client, channel),
    ):
        channel.send(SUBSCRIBE)
        await told(channel)
        deafen(client.peer.sctp)
        for number in range(100):
            stream.put(str(number), data=Raw(b'"%b"' % (b"x" * 65_536)))
        async with asyncio.timeout(10):
            while stream.closed is None or len(server._peers):
                await asyncio.sleep(0.02)
    assert stream.closed == "stuck"
    assert stream.queue.qsize() > 80


async def test_what_a_client_has_not_confirmed_is_not_taken() -> None:
    async with (
        serving({GetNotification: done}) as server,
        client_of(server) as (client, channel),
        asyncio.timeout(5),
    ):
        channel.send(request(1))
        await told(channel)
        [served] = server._connections._open
        while not (taken := served.count_taken()):
            await asyncio.sleep(0.01)
        deafen(client.peer.sctp)
        channel.send(request(2))
        while served.count_taken() + served._transport.get_write_buffer_size() == taken:
            await asyncio.sleep(0.01)
        # aiortc has sent it: nothing is in the channel's own buffer.
        await asyncio.sleep(0.1)

        assert served.count_taken() == taken


def deafen(sctp: RTCSctpTransport | None) -> None:
    """Let a client acknowledge nothing more, while its path stays alive."""
    assert sctp is not None

    async def ignore(data: bytes) -> None:
        pass

    sctp._handle_data = ignore  # type: ignore[method-assign]  # no client of ours would do so


async def test_a_peer_that_vanishes_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    # aioice asks every five seconds, and gives up after six times without an answer.
    monkeypatch.setattr(aioice.ice, "CONSENT_INTERVAL", 0.02)
    monkeypatch.setattr(aioice.stun, "RETRY_RTO", 0.02)
    async with serving() as server, client_of(server) as (client, _):
        assert client.peer.sctp is not None
        path = client.peer.sctp.transport.transport._connection
        for protocol in path._protocols:
            monkeypatch.setattr(protocol, "datagram_received", lambda *arguments: None)
        async with asyncio.timeout(10):
            while len(server._peers):
                await asyncio.sleep(0.01)
