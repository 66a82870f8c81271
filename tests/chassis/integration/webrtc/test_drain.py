"""The end: what was accepted is answered, and all else is told to come back."""

import asyncio
import time
from typing import Any

import httpx
import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from tests.chassis.integration.webrtc.serving import client_of, request, rest, serving, told, url_of
from tests.chassis.integration.webrtc.test_signalling import an_offer
from tests.chassis.webrtc_client import offer
from tests.unit.jsonrpc.talk import Gate, Items

BUFFERED = 65_536


async def test_stops_at_once_when_idle() -> None:
    async with serving() as server, client_of(server) as (_, channel):
        began = time.monotonic()
        stopping = asyncio.create_task(server.stop(10))
        assert await rest(channel) == []
        await stopping

    assert time.monotonic() - began < 5


async def test_does_not_wait_for_a_peer_that_connects() -> None:
    async with serving(handshake_timeout=60) as server:
        assert (await offer(url_of(server), await an_offer())).status_code == 201
        began = time.monotonic()
        await server.stop(10)
        assert len(server._peers) == 0

    assert time.monotonic() - began < 10


async def test_answers_what_was_accepted_and_accepts_no_more() -> None:
    gate = Gate()
    async with (
        serving({GetNotification: gate}) as server,
        client_of(server) as (client, channel),
    ):
        channel.send(request(1))
        while not gate.begun:
            await asyncio.sleep(0.01)
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0.3)
        with pytest.raises(httpx.ConnectError):
            async with httpx.AsyncClient() as http:
                await http.get(url_of(server))
        [late] = await rest(client.channel())
        channel.send(request(2))
        refused = await told(channel)
        gate.open.set()

        assert late["error"]["message"] == "the service is draining"
        assert (refused["id"], refused["error"]["code"]) == (2, -32005)
        assert [each["id"] for each in await rest(channel)] == [1]
        await stopping


async def test_subscriptions_are_told_to_come_back() -> None:
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with serving(handlers) as server, client_of(server) as (_, channel):
        channel.send('{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}')
        await told(channel)
        stream.put("c1", "heartbeat")
        await told(channel)
        stopping = asyncio.create_task(server.stop(5))
        [closed] = await rest(channel)
        await stopping

    assert closed["params"]["event"] == "closed"
    assert (closed["params"]["cursor"], closed["params"]["reason"]) == ("c1", "draining")
    assert stream.closed == "draining"


async def test_ends_within_the_grace_whatever_hangs(caplog: pytest.LogCaptureFixture) -> None:
    async with serving({GetNotification: Gate()}) as server, client_of(server) as (_, channel):
        channel.send(request())
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await server.stop(1)
        took = time.monotonic() - began
        assert await rest(channel) == []

    assert took < 3
    assert "requests cut off" in caplog.messages


async def test_under_load_nothing_that_was_accepted_is_lost() -> None:
    done: set[int] = set()

    async def handle(message: Any) -> Raw:
        done.add(len(done))
        await asyncio.sleep(0.001)
        return Raw(b'"done"')

    async with serving({GetNotification: handle}) as server, client_of(server) as (_, channel):

        async def call() -> None:
            number = 0
            while channel.channel.readyState == "open":
                # A client that never waits fills its own buffer, and hears the end much later.
                if channel.channel.bufferedAmount > BUFFERED:
                    await asyncio.sleep(0.001)
                    continue
                channel.send(request(number))
                number += 1
                await asyncio.sleep(0)

        calling = asyncio.create_task(call())
        found = [await told(channel) for _ in range(200)]
        stopping = asyncio.create_task(server.stop(60))
        found += await rest(channel)
        await stopping
        await calling

    # Each executed request is answered, and each other one gets a refusal.
    assert len([each for each in found if "result" in each]) == len(done)
    refused = [each["error"]["data"]["kind"] for each in found if "error" in each]
    assert set(refused) <= {"busy"}
