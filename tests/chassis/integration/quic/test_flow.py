"""The memory that a client may take at the server."""

import asyncio
from typing import Any

from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.interfaces.quic.certificate import STREAM_WINDOW, WINDOW
from chassis.interfaces.quic.upstream.connection import GAPS
from tests.chassis.integration.quic.attacker import send_parts
from tests.chassis.integration.quic.serving import Client, connecting, request, serving, until
from tests.unit.jsonrpc.talk import Gate


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


async def test_a_gap_raises_no_limit() -> None:
    async with serving() as server, connecting(server) as client:
        send_parts(client, 0, [(STREAM_WINDOW - 1, b"x")])
        [protocol] = server._protocols
        await until(lambda: 0 in protocol.quic._streams)
        await client.ping()
        stream = protocol.quic._streams[0]
        assert len(stream.receiver._buffer) == STREAM_WINDOW
        assert stream.max_stream_data_local == STREAM_WINDOW
        assert protocol.quic._local_max_data.value == WINDOW
        send_parts(client, 0, [(STREAM_WINDOW, b"x")])
        await until(lambda: client.ended is not None)
        assert client.ended is not None
        assert client.ended.error_code == 0x3  # FLOW_CONTROL_ERROR


async def test_gaps_in_all_streams_are_bounded_by_the_connection() -> None:
    async with serving() as server, connecting(server) as client:
        for number in range(100):
            send_parts(client, 4 * number, [(STREAM_WINDOW - 1, b"x")])
            await asyncio.sleep(0)
        await until(lambda: client.ended is not None)
        assert client.ended is not None
        assert client.ended.error_code == 0x3


async def test_many_gaps_end_the_connection() -> None:
    async with serving() as server, connecting(server) as client:
        for number in range(0, 2 * GAPS + 100, 20):
            parts = [(1 + 2 * (number + each), b"x") for each in range(20)]
            send_parts(client, 0, parts)
            await asyncio.sleep(0)
        await until(lambda: client.ended is not None)
        assert client.ended is not None
        assert client.ended.reason_phrase == "Too many gaps in a stream"


async def test_what_a_full_session_does_not_take_waits_at_the_client() -> None:
    gate = Gate()
    async with (
        serving({GetNotification: gate}, in_flight=2) as server,
        Client.connected(server) as client,
    ):
        line = request().replace(b"\n", b" " * 10_000 + b"\n")
        client.send(line * 200)
        await until(lambda: gate.begun)
        await asyncio.sleep(0.3)
        [protocol] = server._protocols
        receiver = protocol.quic._streams[client.stream_id].receiver
        assert receiver.highest_offset <= 2 * STREAM_WINDOW
        gate.open.set()
        assert [(await client.line())["id"] for _ in range(200)] == [1] * 200


async def test_a_long_stream_gets_ever_more_room() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        line = request().replace(b"\n", b" " * 100_000 + b"\n")
        for _ in range(50):
            client.send(line)
            assert (await client.line())["result"] == "done"
        [protocol] = server._protocols
        assert protocol.quic._local_max_data.used > 2 * WINDOW
        # Streams that were broken off give their room back.
        for _ in range(60):
            stream = client.another()
            stream.send(b"{" + b"x" * 100_000)
            await client.protocol.ping()
            client.protocol._quic.reset_stream(stream.stream_id, 0)
        client.send(line)
        assert (await client.line())["result"] == "done"
