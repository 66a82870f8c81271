"""The limits of a peer."""

import asyncio
from typing import Any

import iroh
import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.access.caller import Caller
from chassis.application.errors import Unauthorized
from chassis.application.streaming.messages import Subscribe
from chassis.interfaces.jsonrpc import connection
from chassis.interfaces.p2p.peer import SESSIONS
from tests.chassis.integration.p2p.serving import Client, farewell, peer, request, serving
from tests.chassis.integration.p2p.test_lines import done
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


async def test_the_rest_of_a_line_may_not_take_for_ever() -> None:
    async with serving(request_timeout=0.1) as server, Client.connected(server) as client:
        for _ in range(5):
            await client.send(b"{")
            await asyncio.sleep(0.03)
        [refused] = await client.rest()

    assert refused["error"]["code"] == -32700
    assert "within 0.1 seconds" in refused["error"]["message"]


async def test_one_session_too_many_in_all() -> None:
    async with (
        serving({GetNotification: done}, connections=2) as server,
        peer(server) as connected,
    ):
        clients = [await Client.opened(connected) for _ in range(3)]
        for client in clients[:2]:
            await client.send(request())
            assert (await client.line())["result"] == "done"
        await clients[2].send(request())
        [refused] = await clients[2].rest()

    assert refused["error"]["code"] == -32005


async def test_sessions_of_a_connection_are_bounded_and_make_room() -> None:
    async with serving({GetNotification: done}) as server, peer(server) as connected:
        clients = [await Client.opened(connected) for _ in range(SESSIONS)]
        for client in clients:
            await client.send(request())
        assert [(await client.line())["result"] for client in clients] == ["done"] * SESSIONS
        opening = asyncio.create_task(Client.opened(connected))
        await asyncio.sleep(0.2)
        assert not opening.done()
        # The library announces room once an eighth of it is free again.
        for client in clients[: SESSIONS // 4]:
            await client.end()
            assert await client.rest() == []
        async with asyncio.timeout(5):
            another = await opening
        await another.send(request())
        assert (await another.line())["result"] == "done"


async def test_streams_in_one_direction_are_refused() -> None:
    async with serving() as server, peer(server) as connected:
        for _ in range(150):
            async with asyncio.timeout(5):
                stream = await connected.open_uni()
                with pytest.raises(iroh.IrohError) as caught:
                    while True:
                        await stream.write_all(b"x" * 16_384)
                assert caught.value.message().startswith("Stopped")


async def test_a_connection_without_a_session_is_closed() -> None:
    async with (
        serving({GetNotification: done}, handshake_timeout=0.3, idle_timeout=60) as server,
        peer(server) as without,
        Client.connected(server) as used,
    ):
        await used.send(request())
        await used.line()
        await used.end()
        assert "idle" in await farewell(without)
        assert used.connection.close_reason() is None


async def test_an_idle_session_is_closed_and_a_busy_one_is_not() -> None:
    gate = Gate()
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {GetNotification: gate, Subscribe: subscribe}
    async with (
        serving(handlers, idle_timeout=0.2) as server,
        peer(server) as connected,
    ):
        idle, busy, subscribed = [await Client.opened(connected) for _ in range(3)]
        await idle.send(b"\n")
        await busy.send(request())
        await subscribed.send(SUBSCRIBE)
        assert (await subscribed.line())["result"] == {"subscription": "1"}
        assert await idle.is_closed()
        gate.open.set()
        assert (await busy.line())["result"] == "done"
        stream.put("c1", "heartbeat")
        assert (await subscribed.line())["params"]["cursor"] == "c1"


async def test_a_caller_without_a_token_is_sent_away() -> None:
    async with (
        serving(authenticator=Tokens(), handshake_timeout=0.2) as server,
        peer(server) as connected,
    ):
        known, unknown = [await Client.opened(connected) for _ in range(2)]
        await unknown.send(b" ")
        await known.send(
            b'{"jsonrpc":"2.0","id":1,"method":"session.authenticate","params":{"token":"good"}}\n'
        )
        assert (await known.line())["result"]["caller"] == "ada"
        [refused] = await unknown.rest()
        assert refused["error"]["code"] == -32004
        await known.send(b"[]\n")
        assert (await known.line())["error"]["code"] == -32600


async def test_a_peer_that_does_not_read_is_read_no_further_and_cut_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)
    asked = 0

    async def large(message: Any) -> str:
        nonlocal asked
        asked += 1
        return "x" * 65_536

    async with (
        serving({GetNotification: large}, send_timeout=0.5) as server,
        Client.connected(server) as client,
        asyncio.timeout(20),
    ):
        with pytest.raises(iroh.IrohError):
            while True:
                await client.send(request() * 1000)
    # Its own buffer, the library's, and no more than a few beyond.
    assert asked < 200


async def test_a_slow_peer_that_reads_on_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)

    async def large(message: Any) -> str:
        return "x" * 65_536

    count = 0
    async with (
        serving({GetNotification: large}, send_timeout=0.5) as server,
        Client.connected(server) as client,
        asyncio.timeout(30),
    ):
        await client.send(request() * 60)
        while count < 60:
            count += (await client.receiving.read(131_072)).count(b"\n")
            await asyncio.sleep(0.02)


async def test_a_stream_of_events_waits_for_a_peer_that_does_not_read_and_ends_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection, "MARK", 65_536)
    stream = Items()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe}
    async with (
        serving(handlers, send_timeout=0.5) as server,
        Client.connected(server) as client,
        asyncio.timeout(20),
    ):
        await client.send(SUBSCRIBE)
        for number in range(1000):
            stream.put(str(number), data=Raw(b'"%b"' % (b"x" * 65_536)))
        while stream.closed is None:
            await asyncio.sleep(0.02)
    assert stream.closed == "stuck"
    assert stream.queue.qsize() > 500
