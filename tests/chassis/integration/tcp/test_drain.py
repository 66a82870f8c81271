"""The end: what was accepted is answered, and all else is told to come back."""

import asyncio
import socket
import time
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.jsonrpc import connection
from chassis.interfaces.serving import drain
from tests.chassis.integration.tcp.serving import Client, deaf, request, serving
from tests.unit.jsonrpc.talk import Gate, Items


async def test_stops_at_once_when_idle() -> None:
    async with serving() as server, Client.connected(server) as client:
        began = time.monotonic()
        stopping = asyncio.create_task(server.stop(10))
        assert await client.is_closed()
        await stopping

    assert time.monotonic() - began < 5


async def test_answers_what_was_accepted_and_accepts_no_more() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        await client.send(request(1))
        while not gate.begun:
            await asyncio.sleep(0.01)
        stopping = asyncio.create_task(server.stop(5))
        await asyncio.sleep(0.3)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", server.port)
        await client.send(request(2))
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
        await client.send(b"".join(map(request, range(100))))
        await client.line()
        stopping = asyncio.create_task(server.stop(5))

        rest = await client.rest()
        assert {line.get("result") for line in rest} == {"done"}
        assert len(rest) == 99
        await stopping


async def test_who_has_connected_is_served_though_nobody_has_accepted_it_yet() -> None:
    async def done(message: Any) -> Raw:
        return Raw(b'"done"')

    async with serving({GetNotification: done}) as server:
        loop = asyncio.get_running_loop()
        connecting = asyncio.create_task(asyncio.open_connection("127.0.0.1", server.port))
        # The system has made the connection before the server's loop could hear of it.
        stopping = loop.create_task(server.stop(5))
        reader, writer = await connecting
        writer.write(request())
        assert b"done" in await reader.readline()
        writer.close()
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


async def test_a_client_that_reads_slowly_gets_all_answers(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(drain, "CLOSING", 0.5)
    monkeypatch.setattr(connection, "MARK", 8_388_608)
    done = 0

    async def large(message: Any) -> str:
        nonlocal done
        done += 1
        return "x" * 65_536

    loop = asyncio.get_running_loop()
    count = 0
    async with serving({GetNotification: large}) as server:
        with deaf(server, 65_536) as client:
            while not len(server._connections):
                await asyncio.sleep(0.01)
            # With a small buffer of the system, each part that the client takes is seen.
            [served] = server._connections._open
            own = served._transport.get_extra_info("socket")
            own.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65_536)
            await loop.sock_sendall(client, request() * 100)
            stopping = asyncio.create_task(server.stop(60))
            while part := await loop.sock_recv(client, 65_536):
                count += part.count(b'"result"')
                await asyncio.sleep(0.01)
            await stopping

    assert count == done > 0


async def test_under_load_nothing_that_was_accepted_is_lost() -> None:
    done: set[int] = set()

    async def handle(message: Any) -> Raw:
        await asyncio.sleep(0.001)
        return Raw(b'"done"')

    async def caller(client: Client) -> tuple[int, list[Any]]:
        sent = 0
        try:
            while True:
                await client.send(request(sent))
                sent += 1
                await asyncio.sleep(0)
        except ConnectionError:
            return sent, []

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
