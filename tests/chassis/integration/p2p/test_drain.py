"""The end: what was accepted is answered, and all else is told to come back."""

import asyncio
import time
from typing import Any

import iroh
import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from tests.chassis.integration.p2p.serving import Client, farewell, peer, request, serving
from tests.unit.jsonrpc.talk import Gate, Items


async def test_stops_at_once_when_idle() -> None:
    async with serving() as server, Client.connected(server) as client:
        await client.send(b"[]\n")
        await client.line()
        began = time.monotonic()
        stopping = asyncio.create_task(server.stop(10))
        assert await client.is_closed()
        await client.end()
        await stopping
        assert "draining" in await farewell(client.connection)

    assert time.monotonic() - began < 5


async def test_answers_what_was_accepted_and_accepts_no_more() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        await client.send(request(1))
        while not gate.begun:
            await asyncio.sleep(0.01)
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0.4)
        with pytest.raises(ConnectionError):
            async with peer(server):
                pass
        await client.send(request(2))
        refused = await client.line()
        gate.open.set()

        assert (refused["id"], refused["error"]["code"]) == (2, -32005)
        assert [line["id"] for line in await client.rest()] == [1]
        await client.end()
        await stopping


async def test_a_session_that_opens_during_the_drain_is_not_served() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        await client.send(request(1))
        while not gate.begun:
            await asyncio.sleep(0.01)
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0.4)
        late = await Client.opened(client.connection)
        await late.send(request(2))
        await asyncio.sleep(0.1)
        gate.open.set()
        assert [line["id"] for line in await client.rest()] == [1]
        await client.end()
        await stopping
        with pytest.raises(iroh.IrohError):
            await late.rest()

    assert gate.begun == 1


async def test_lines_that_were_read_are_answered_though_they_had_to_wait() -> None:
    async def slow(message: Any) -> Raw:
        await asyncio.sleep(0.005)
        return Raw(b'"done"')

    async with (
        serving({GetNotification: slow}, in_flight=2) as server,
        Client.connected(server) as client,
    ):
        await client.send(b"".join(map(request, range(100))))
        await client.line()
        stopping = asyncio.create_task(server.stop(5))

        rest = await client.rest()
        assert {line.get("result") for line in rest} == {"done"}
        assert len(rest) == 99
        await client.end()
        await stopping


async def test_subscriptions_are_told_to_come_back() -> None:
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with serving(handlers) as server, Client.connected(server) as client:
        await client.send(b'{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}\n')
        await client.line()
        stream.put("c1", "heartbeat")
        await client.line()
        stopping = asyncio.create_task(server.stop(5))
        [closed] = await client.rest()
        await client.end()
        await stopping

    assert closed["params"]["event"] == "closed"
    assert (closed["params"]["cursor"], closed["params"]["reason"]) == ("c1", "draining")
    assert stream.closed == "draining"


async def test_ends_within_the_grace_whatever_hangs(caplog: pytest.LogCaptureFixture) -> None:
    async with (
        serving({GetNotification: Gate()}) as server,
        Client.connected(server) as client,
    ):
        await client.send(request())
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await server.stop(1)
        took = time.monotonic() - began
        assert await client.is_closed()

    assert took < 3
    assert "requests cut off" in caplog.messages


async def test_under_load_nothing_that_was_accepted_is_lost() -> None:
    done: set[int] = set()

    async def handle(message: Any) -> Raw:
        await asyncio.sleep(0.001)
        return Raw(b'"done"')

    async def caller(client: Client) -> None:
        sent = 0
        while True:
            await client.send(request(sent))
            sent += 1

    async with serving({GetNotification: handle}) as server, Client.connected(server) as client:
        sending = asyncio.create_task(caller(client))
        for _ in range(200):
            done.add((await client.line())["id"])
        stopping = asyncio.create_task(server.stop(5))
        answers = await client.rest()
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        await stopping

    done |= {line["id"] for line in answers if "result" in line}
    refused = {line["id"] for line in answers if "error" in line}
    # Each that was read is answered, one way or the other; what was not read comes after all those.
    answered = done | refused
    assert answered == set(range(len(answered)))
    assert {line["error"]["data"]["kind"] for line in answers if "error" in line} <= {"busy"}
