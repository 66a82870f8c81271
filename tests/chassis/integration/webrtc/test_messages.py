"""Messages of data channels, from a client that is not ours."""

import asyncio
import logging
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification, Register, Registered
from chassis.interfaces.serving.errors import PortTaken
from tests.chassis.integration.webrtc.serving import (
    client_of,
    request,
    rest,
    server_of,
    serving,
    told,
)
from tests.unit.jsonrpc.talk import IDENTITY, Gate

REGISTER = (
    '{"jsonrpc":"2.0","method":"notifications.register","params":'
    '{"notifications":[{"receiver":"ada","action_type":"greeted"}]}}'
)


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


@pytest.mark.parametrize("message", (request(), request().encode()))
async def test_a_message_is_answered_with_text(message: str | bytes) -> None:
    async with serving({GetNotification: done}) as server, client_of(server) as (_, channel):
        channel.send(message)
        answer = await channel.receive()

    assert answer == '{"jsonrpc":"2.0","id":1,"result":"done"}'


async def test_what_does_not_begin_with_a_message_is_sent_away() -> None:
    async with serving({GetNotification: done}) as server, client_of(server) as (_, channel):
        channel.send("hello")
        channel.send(request())
        [refused] = await rest(channel)

    assert (refused["id"], refused["error"]["code"]) == (None, -32700)


async def test_channels_of_one_peer_are_sessions_of_their_own() -> None:
    async with serving({GetNotification: done}) as server, client_of(server) as (client, first):
        second = client.channel()
        await second.opened()
        first.channel.close()
        await rest(first)
        second.send(request())

        assert (await told(second))["result"] == "done"


async def test_notifications_are_done_though_the_client_has_left() -> None:
    asked: list[Register] = []

    async def handle(message: Register) -> Registered:
        await asyncio.sleep(0.01)
        asked.append(message)
        return Registered((IDENTITY,))

    async with serving({Register: handle}) as server:
        async with client_of(server) as (_, channel):
            for _ in range(20):
                channel.send(REGISTER)
            while not asked:
                await asyncio.sleep(0.01)
        async with asyncio.timeout(5):
            while len(asked) < 20:
                await asyncio.sleep(0.01)


async def test_a_thousand_messages_at_once_are_answered_each() -> None:
    async with serving({GetNotification: done}) as server, client_of(server) as (_, channel):
        for number in range(1000):
            channel.send(request(number))
        found = [await told(channel) for _ in range(1000)]

    assert [each["id"] for each in found] == list(range(1000))


async def test_a_full_session_holds_the_messages_back() -> None:
    gate = Gate()
    async with (
        serving({GetNotification: gate}, in_flight=3) as server,
        client_of(server) as (_, channel),
    ):
        for number in range(10):
            channel.send(request(number))
        await asyncio.sleep(0.2)
        assert gate.begun == 3
        gate.open.set()
        found = [await told(channel) for _ in range(10)]

    assert {each["result"] for each in found} == {"done"}


async def test_a_sender_that_ignores_the_window_loses_nothing() -> None:
    gate = Gate()
    padding = " " * 50_000
    async with (
        serving({GetNotification: gate}, in_flight=1, message_size=100_000) as server,
        client_of(server) as (_, channel),
    ):
        # 1.5 MB, into a window of 362 kB. aiortc's own sender does not look at it.
        for number in range(30):
            channel.send(request(number) + padding)
        await asyncio.sleep(0.5)
        [peer] = [each for each, _ in server._peers._peers.values()]
        assert peer._association._held <= 100_000 + 262_144
        gate.open.set()
        found = [await told(channel) for _ in range(30)]

    assert [each["id"] for each in found] == list(range(30))


async def test_tells_the_port_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chassis")
    async with serving() as server:
        [line] = [record for record in caplog.records if record.message == "listening"]
        said = vars(line)
        assert (said["server"], said["host"], said["port"]) == ("webrtc", "127.0.0.1", server.port)
        with pytest.raises(PortTaken, match="set WEBRTC_PORT to a free port"):
            await server_of(port=server.port).start()
