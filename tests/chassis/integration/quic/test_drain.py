"""The end: what was accepted is answered, and all else is told to come back."""

import asyncio
import time
from contextlib import suppress
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from tests.chassis.integration.quic.serving import Client, connecting, request, serving, until
from tests.unit.jsonrpc.talk import Gate, Items


async def test_stops_at_once_when_idle_and_says_so() -> None:
    async with serving() as server, Client.connected(server) as client:
        client.send(b"\n")
        began = time.monotonic()
        stopping = asyncio.create_task(server.stop(10))
        assert await client.is_closed()
        await until(lambda: client.protocol.ended is not None)
        await stopping

    assert client.protocol.ended is not None
    assert client.protocol.ended.reason_phrase == "draining"
    assert time.monotonic() - began < 5


async def test_answers_what_was_accepted_and_accepts_no_more() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        client.send(request(1))
        await until(lambda: gate.begun)
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0.3)
        with pytest.raises(ConnectionError):
            async with connecting(server):
                pass
        late = client.another()
        late.send(request(3))
        assert await late.is_closed_by_reset()
        client.send(request(2))
        refused = await client.line()
        gate.open.set()

        assert (refused["id"], refused["error"]["code"]) == (2, -32005)
        assert [line["id"] for line in await client.rest()] == [1]
        await stopping


async def test_lines_that_were_read_are_answered_though_they_had_to_wait() -> None:
    async def slow(message: Any) -> Raw:
        await asyncio.sleep(0.005)
        return Raw(b'"done"')

    async with (
        serving({GetNotification: slow}, in_flight=2) as server,
        Client.connected(server) as client,
    ):
        client.send(b"".join(map(request, range(100))))
        await client.line()
        stopping = asyncio.create_task(server.stop(5))

        rest = await client.rest()
        assert {line.get("result") for line in rest} == {"done"}
        # The session held the rest back: no answered line comes after an unanswered one.
        assert [line["id"] for line in rest] == list(range(1, len(rest) + 1))
        assert len(rest) > 10
        await stopping


async def test_subscriptions_are_told_to_come_back() -> None:
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with serving(handlers) as server, Client.connected(server) as client:
        client.send(b'{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}\n')
        await client.line()
        stream.put("c1", "heartbeat")
        await client.line()
        stopping = asyncio.create_task(server.stop(5))
        [closed] = await client.rest()
        await stopping

    assert closed["params"]["event"] == "closed"
    assert (closed["params"]["cursor"], closed["params"]["reason"]) == ("c1", "draining")
    assert stream.closed == "draining"


async def test_ends_within_the_grace_whatever_hangs(caplog: pytest.LogCaptureFixture) -> None:
    gate = Gate()
    async with (
        serving({GetNotification: gate}) as server,
        Client.connected(server) as client,
    ):
        client.send(request())
        await until(lambda: gate.begun)
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
        with suppress(ConnectionError):
            while True:
                client.send(request(sent))
                sent += 1
                await asyncio.sleep(0.0002)

    async with serving({GetNotification: handle}) as server, Client.connected(server) as client:
        sending = asyncio.create_task(caller(client))
        for _ in range(200):
            done.add((await client.line())["id"])
        stopping = asyncio.create_task(server.stop(5))
        answers = await client.rest()
        sending.cancel()
        await stopping

    done |= {line["id"] for line in answers if "result" in line}
    refused = {line["id"] for line in answers if "error" in line}
    # Each that was read is answered, one way or the other; what was not read comes after all those.
    answered = done | refused
    assert answered == set(range(len(answered)))
    assert {line["error"]["data"]["kind"] for line in answers if "error" in line} <= {"busy"}
