"""The limits of a client."""

import asyncio
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.jsonrpc import connection
from tests.chassis.integration.tcp.serving import Client, deaf, request, serving
from tests.unit.jsonrpc.talk import Gate, Items

SUBSCRIBE = b'{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}\n'


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
async def test_a_line_that_is_too_long(line: bytes) -> None:
    async with (
        serving({GetNotification: done}, message_size=200) as server,
        Client.connected(server) as client,
    ):
        await client.send(request(1) + line)
        first, refused = await client.rest()

    assert first["id"] == 1
    assert (refused["id"], refused["error"]["code"]) == (None, -32003)
    assert refused["error"]["message"] == "message: must have at most 200 bytes"


async def test_what_was_under_way_before_a_line_that_is_too_long_is_answered() -> None:
    gate = Gate()
    async with (
        serving({GetNotification: gate}, message_size=200) as server,
        Client.connected(server) as client,
    ):
        await client.send(request(1) + b"x" * 500)
        assert (await client.line())["error"]["code"] == -32003
        gate.open.set()

        assert [line["result"] for line in await client.rest()] == ["done"]


async def test_the_rest_of_a_line_may_not_take_for_ever() -> None:
    async with serving(request_timeout=0.1) as server, Client.connected(server) as client:
        for _ in range(5):
            await client.send(b"{")
            await asyncio.sleep(0.03)
        [refused] = await client.rest()

    assert refused["error"]["code"] == -32700
    assert "within 0.1 seconds" in refused["error"]["message"]


async def test_one_connection_too_many() -> None:
    async with (
        serving({GetNotification: done}, connections=1) as server,
        Client.connected(server) as first,
    ):
        await first.send(request())
        await first.line()
        async with Client.connected(server) as second:
            [refused] = await second.rest()
        assert refused["error"]["code"] == -32005
        assert refused["error"]["data"]["retry_after"] == 1
        await first.send(request())
        assert "result" in await first.line()


async def test_one_connection_too_many_of_an_address() -> None:
    async with serving({GetNotification: done}, connections_per_address=1) as server:
        async with Client.connected(server), Client.connected(server) as second:
            [refused] = await second.rest()
        assert "from this address" in refused["error"]["message"]
        await asyncio.sleep(0.1)
        async with Client.connected(server) as third:
            await third.send(request())
            assert "result" in await third.line()


async def test_an_idle_connection_is_closed_and_a_busy_one_is_not() -> None:
    gate = Gate()
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {GetNotification: gate, Subscribe: subscribe}
    async with (
        serving(handlers, idle_timeout=0.1) as server,
        Client.connected(server) as idle,
        Client.connected(server) as busy,
        Client.connected(server) as subscribed,
    ):
        await busy.send(request())
        await subscribed.send(SUBSCRIBE)
        assert (await subscribed.line())["result"] == {"subscription": "1"}
        assert await idle.is_closed()
        gate.open.set()
        assert (await busy.line())["result"] == "done"
        stream.put("c1", "heartbeat")
        assert (await subscribed.line())["params"]["cursor"] == "c1"


async def test_whoever_does_not_say_who_it_is_is_sent_away() -> None:
    async with (
        serving(authenticator=Tokens(), handshake_timeout=0.1) as server,
        Client.connected(server) as known,
        Client.connected(server) as unknown,
    ):
        await known.send(
            b'{"jsonrpc":"2.0","id":1,"method":"session.authenticate","params":{"token":"good"}}\n'
        )
        assert (await known.line())["result"]["caller"] == "ada"
        [refused] = await unknown.rest()
        assert refused["error"]["code"] == -32004
        await known.send(b"[]\n")
        assert (await known.line())["error"]["code"] == -32600


async def test_whoever_is_asked_for_too_long_is_sent_away_once() -> None:
    class Slow(Tokens):
        async def authenticate(self, token: str | None) -> Caller:
            await asyncio.sleep(0.4)
            return await super().authenticate(token)

    async with (
        serving(authenticator=Slow(), handshake_timeout=0.1) as server,
        Client.connected(server) as client,
    ):
        await client.send(
            b'{"jsonrpc":"2.0","id":1,"method":"session.authenticate","params":{"token":"good"}}\n'
        )
        refused, answer = await client.rest()

    assert (refused["id"], refused["error"]["code"]) == (None, -32004)
    assert answer["id"] == 1


async def test_a_client_that_does_not_read_is_read_no_further_and_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)
    asked = 0

    async def large(message: Any) -> str:
        nonlocal asked
        asked += 1
        return "x" * 65_536

    loop = asyncio.get_running_loop()
    async with serving({GetNotification: large}, send_timeout=0.3) as server:
        with deaf(server) as client:
            sending = asyncio.create_task(loop.sock_sendall(client, request() * 200_000))
            async with asyncio.timeout(10):
                with pytest.raises(ConnectionError):
                    await sending
    # Its own buffer, the system's, and no more than a few beyond.
    assert asked < 1000


async def test_a_slow_client_that_reads_on_is_not_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)

    async def large(message: Any) -> str:
        return "x" * 65_536

    loop = asyncio.get_running_loop()
    count = 0
    async with serving({GetNotification: large}, send_timeout=0.5) as server:
        with deaf(server, 65_536) as client:
            await loop.sock_sendall(client, request() * 60)
            while count < 60:
                count += (await loop.sock_recv(client, 131_072)).count(b"\n")
                await asyncio.sleep(0.02)


async def test_a_stream_waits_for_a_client_that_does_not_read_and_ends_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    loop = asyncio.get_running_loop()
    handlers: Any = {Subscribe: subscribe}
    async with serving(handlers, send_timeout=0.3) as server:
        with deaf(server) as client:
            await loop.sock_sendall(client, SUBSCRIBE)
            for number in range(1000):
                stream.put(str(number), data=Raw(b'"%b"' % (b"x" * 65_536)))
            async with asyncio.timeout(10):
                while stream.closed is None:
                    await asyncio.sleep(0.02)
    assert stream.closed == "stuck"
    assert stream.queue.qsize() > 500
