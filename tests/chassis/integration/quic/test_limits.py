"""The limits of a client."""

import asyncio
from contextlib import suppress
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.serving.meter import Meter
from tests.chassis.integration.quic.serving import Client, connecting, request, serving, until
from tests.unit.jsonrpc.talk import Gate, Items
from tests.unit.support import RecordingMetrics

SUBSCRIBE = b'{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}\n'
SHOW = b'{"jsonrpc":"2.0","id":1,"method":"session.authenticate","params":{"token":"good"}}\n'


class Tokens:
    """Believes in one token."""

    is_on = True

    async def authenticate(self, token: str | None) -> Caller:
        if token != "good":
            raise Unauthorized("no")
        return Caller(name="ada")

    async def check(self) -> None:
        pass


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


@pytest.mark.parametrize("line", (b"x" * 500, b"x" * 500 + b"\n" + request(2)))
async def test_a_line_that_is_too_long_ends_its_stream_alone(line: bytes) -> None:
    async with (
        serving({GetNotification: done}, message_size=200) as server,
        Client.connected(server) as client,
    ):
        client.send(request(1) + line)
        first, refused = await client.rest()
        # A client that goes on is asked to stop.
        client.send(b"x")
        await until(lambda: client.stream_id in client.protocol.stopped)
        other = client.another()
        other.send(request(3))
        assert (await other.line())["id"] == 3

    assert first["id"] == 1
    assert (refused["id"], refused["error"]["code"]) == (None, -32003)


async def test_the_rest_of_a_line_may_not_take_for_ever() -> None:
    async with serving(request_timeout=0.1) as server, Client.connected(server) as client:
        with suppress(ConnectionResetError):
            for _ in range(5):
                client.send(b"{")
                await asyncio.sleep(0.03)
        [refused] = await client.rest()

    assert refused["error"]["code"] == -32700


async def test_one_connection_too_many() -> None:
    metrics = RecordingMetrics()
    async with (
        serving({GetNotification: done}, meter=Meter(metrics, "quic"), connections=1) as server,
        Client.connected(server) as first,
    ):
        first.send(request())
        await first.line()
        async with connecting(server) as second:
            await until(lambda: second.ended is not None)
            assert second.ended is not None
            assert second.ended.reason_phrase == "too many connections are open"
        first.send(request())
        assert "result" in await first.line()
    assert metrics.counters["connections_refused:quic:connections"] == 1


async def test_one_connection_too_many_of_an_address() -> None:
    async with serving({GetNotification: done}, connections_per_address=1) as server:
        async with connecting(server), connecting(server) as second:
            await until(lambda: second.ended is not None)
        await until(lambda: not server._protocols)
        async with Client.connected(server) as third:
            third.send(request())
            assert "result" in await third.line()


async def test_a_stream_counts_as_a_connection() -> None:
    async with (
        serving({GetNotification: done}, connections=2) as server,
        Client.connected(server) as client,
    ):
        streams = [client, client.another(), client.another()]
        for stream in streams:
            stream.send(request())
        assert "result" in await client.line()
        [refused] = await streams[2].rest()
        assert refused["error"]["code"] == -32005
        assert refused["error"]["data"]["retry_after"] == 1


async def test_a_client_waits_for_a_place_among_its_streams() -> None:
    async with (
        serving({GetNotification: done}, streams=2) as server,
        Client.connected(server) as client,
    ):
        streams = [client, client.another(), client.another()]
        for stream in streams:
            stream.send(request())
        assert "result" in await streams[1].line()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(streams[2].line(), 0.3)
        client.send(b"", is_last=True)
        assert "result" in await streams[2].line()


@pytest.mark.parametrize("stream_id", (4 * 5000, 2, 4 * 2 + 2))
async def test_streams_that_are_not_allowed_end_the_connection(stream_id: int) -> None:
    async with serving(streams=2) as server, connecting(server) as client:
        # A client of the library keeps to what the server allows; this one does not.
        client._quic._remote_max_streams_bidi = client._quic._remote_max_streams_uni = 10_000
        client._quic._remote_max_stream_data_uni = 10_000
        client._quic.send_stream_data(stream_id, b"{}\n")
        client.transmit()
        await until(lambda: client.ended is not None)
        assert client.ended is not None
        assert client.ended.error_code == 0x4  # STREAM_LIMIT_ERROR


async def test_an_idle_stream_is_closed_and_a_busy_one_is_not() -> None:
    gate = Gate()
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {GetNotification: gate, Subscribe: subscribe}
    async with (
        serving(handlers, idle_timeout=0.1) as server,
        Client.connected(server) as idle,
    ):
        busy, subscribed = idle.another(), idle.another()
        busy.send(request())
        subscribed.send(SUBSCRIBE)
        idle.send(b"\n")
        assert (await subscribed.line())["result"] == {"subscription": "1"}
        assert await idle.is_closed()
        gate.open.set()
        assert (await busy.line())["result"] == "done"
        stream.put("c1", "heartbeat")
        assert (await subscribed.line())["params"]["cursor"] == "c1"


async def test_a_connection_without_a_stream_is_closed_in_the_end() -> None:
    async with (
        serving({GetNotification: done}, idle_timeout=0.2) as server,
        connecting(server) as idle,
        Client.connected(server) as used,
    ):
        used.send(request(), is_last=True)
        await until(lambda: idle.ended is not None)
        await until(lambda: used.protocol.ended is not None)
        assert used.protocol.ended is not None
        assert used.protocol.ended.error_code == 0


async def test_whoever_does_not_say_who_it_is_is_sent_away() -> None:
    async with (
        serving(authenticator=Tokens(), handshake_timeout=0.2) as server,
        Client.connected(server) as known,
        connecting(server) as silent,
    ):
        unknown = known.another()
        known.send(SHOW)
        unknown.send(b"\n")
        assert (await known.line())["result"]["caller"] == "ada"
        [refused] = await unknown.rest()
        assert refused["error"]["code"] == -32004
        known.send(b"[]\n")
        assert (await known.line())["error"]["code"] == -32600
        # Without a stream, it cannot say who it is.
        await until(lambda: silent.ended is not None)
