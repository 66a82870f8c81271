"""Lines over real streams, as any client of the library would send them."""

import asyncio
import logging
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification, Register, Registered
from chassis.interfaces.serving.errors import PortTaken
from tests.chassis.integration.quic.serving import Client, request, serving, until
from tests.unit.jsonrpc.talk import IDENTITY, Gate


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


async def test_a_line_is_answered_with_a_line() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.send(b"\n" + request())

        assert await client.line() == {"jsonrpc": "2.0", "id": 1, "result": "done"}


async def test_each_stream_is_a_session_of_its_own() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        other = client.another()
        client.send(request(1))
        await until(lambda: gate.begun)
        other.send(b'{"jsonrpc":"2.0","id":2,"method":"rpc.discover"}\n')
        assert (await other.line())["id"] == 2
        gate.open.set()
        assert (await client.line())["id"] == 1


async def test_what_does_not_begin_with_a_message_is_sent_away() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n" + request())
        [refused] = await client.rest()
        # The other streams of the connection go on.
        other = client.another()
        other.send(request(2))
        assert (await other.line())["id"] == 2

    assert (refused["id"], refused["error"]["code"]) == (None, -32700)


async def test_answers_what_comes_before_the_end_and_closes() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.send(request(1) + request(2).strip(), is_last=True)

        assert [line["id"] for line in await client.rest()] == [1, 2]


async def test_what_is_under_way_at_the_end_is_answered() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        client.send(request(), is_last=True)
        await asyncio.sleep(0.1)
        gate.open.set()

        assert [line["result"] for line in await client.rest()] == ["done"]


async def test_notifications_are_done_though_the_client_has_left() -> None:
    asked: list[Register] = []

    async def handle(message: Register) -> Registered:
        await asyncio.sleep(0.01)
        asked.append(message)
        return Registered((IDENTITY,))

    line = (
        b'{"jsonrpc":"2.0","method":"notifications.register","params":'
        b'{"notifications":[{"receiver":"ada","action_type":"greeted"}]}}\n'
    )
    async with serving({Register: handle}) as server:
        async with Client.connected(server) as client:
            client.send(line * 20)
            await until(lambda: asked)
        await until(lambda: len(asked) == 20)


async def test_ten_thousand_lines_at_once_are_answered_each() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.send(b"".join(map(request, range(10_000))))
        found = [await client.line() for _ in range(10_000)]

    assert [line["id"] for line in found] == list(range(10_000))


async def test_large_messages_go_both_ways_on_many_streams_at_once() -> None:
    async def large(message: Any) -> str:
        return "x" * 300_000

    async with serving({GetNotification: large}) as server, Client.connected(server) as client:
        streams = [client, *(client.another() for _ in range(15))]
        for stream in streams:
            stream.send(request().replace(b"\n", b" " * 300_000 + b"\n"))
        answers = await asyncio.gather(*(stream.line() for stream in streams))

    assert [len(answer["result"]) for answer in answers] == [300_000] * 16


async def test_a_stream_that_the_client_breaks_off_ends_its_session() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        client.send(request())
        await until(lambda: gate.begun)
        client.protocol._quic.reset_stream(client.stream_id, 7)
        client.protocol.transmit()
        await until(lambda: not server._sessions)
        assert await client.is_closed()


async def test_streams_are_forgotten_and_their_places_given_back() -> None:
    async with (
        serving({GetNotification: done}, streams=4) as server,
        Client.connected(server) as client,
    ):
        for number in range(100):
            stream = client.another()
            stream.send(request(number), is_last=True)
            assert [line["id"] for line in await stream.rest()] == [number]
        [protocol] = server._protocols
        await until(lambda: not server._sessions)
        assert len(protocol._streams) <= 4


async def test_a_taken_port_is_told_with_its_setting() -> None:
    async with serving() as server:
        with pytest.raises(PortTaken, match=f"QUIC_PORT {server.port} on 127.0.0.1 is taken"):
            await type(server)(
                server._sessions._endpoint, "127.0.0.1", server.port, server._tls
            ).start()


async def test_the_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with serving() as server:
        assert server.url == f"quic://127.0.0.1:{server.port}"
    assert "listening" in caplog.messages
