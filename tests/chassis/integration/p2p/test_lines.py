"""Lines on a stream between peers."""

import asyncio
import logging
import threading
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification, Register, Registered
from chassis.interfaces.p2p.allowed_peers import AllowedPeers
from chassis.interfaces.p2p.binding import bind_server
from chassis.interfaces.p2p.stream import WRITE
from chassis.interfaces.serving.errors import PortTaken
from tests.chassis.conformance.drivers.p2p import KEY, NODE_ID
from tests.chassis.integration.p2p.serving import Client, peer, request, serving
from tests.unit.jsonrpc.talk import IDENTITY, Gate


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


@pytest.mark.parametrize("end", (b"\n", b"\r\n"))
async def test_a_line_is_answered_with_a_line(end: bytes) -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        await client.send(b"\n" + request().strip() + end)

        assert await client.line() == {"jsonrpc": "2.0", "id": 1, "result": "done"}


async def test_what_does_not_begin_with_a_message_ends_its_stream_alone() -> None:
    async with serving({GetNotification: done}) as server, peer(server) as connected:
        stranger, other = [await Client.opened(connected) for _ in range(2)]
        await stranger.send(b"GET / HTTP/1.1\r\n")
        [refused] = await stranger.rest()
        await other.send(request())

        assert (refused["id"], refused["error"]["code"]) == (None, -32700)
        assert (await other.line())["result"] == "done"


async def test_answers_what_comes_before_the_end_and_closes() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        await client.send(request(1) + request(2).strip())
        await client.end()

        assert [line["id"] for line in await client.rest()] == [1, 2]


async def test_what_is_under_way_at_the_end_is_answered() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        await client.send(request())
        await client.end()
        await asyncio.sleep(0.1)
        gate.open.set()

        assert [line["result"] for line in await client.rest()] == ["done"]


class Registrations:
    """Counts what is registered, which takes some time."""

    def __init__(self) -> None:
        self.count = 0

    async def __call__(self, message: Any) -> Registered:
        await asyncio.sleep(0.01)
        self.count += 1
        return Registered((IDENTITY,))

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(5):
            while self.count < count:
                await asyncio.sleep(0.01)


async def notify(client: Client) -> None:
    """Send twenty notifications, and wait until the server's host has them."""
    line = (
        b'{"jsonrpc":"2.0","method":"notifications.register","params":'
        b'{"notifications":[{"receiver":"ada","action_type":"greeted"}]}}\n'
    )
    await client.send(line * 20)
    await client.end()
    # The library sends nothing of a closed connection.
    await client.sending.stopped()


async def test_notifications_are_done_though_the_peer_has_left() -> None:
    registrations = Registrations()
    async with serving({Register: registrations}, in_flight=2) as server:
        async with Client.connected(server) as client:
            await notify(client)
        await registrations.reach(20)


async def test_notifications_are_done_though_the_peer_left_before_it_was_served(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    registrations = Registrations()

    async def come_and_go() -> None:
        async with Client.connected(server) as client:
            await notify(client)

    def allow(allowed: AllowedPeers, node_id: str) -> bool:
        # The loop stands still until the peer, in a thread of its own, has come and gone.
        leaving.join()
        return True

    monkeypatch.setattr(AllowedPeers, "allow", allow)
    async with serving({Register: registrations}, in_flight=2) as server:
        leaving = threading.Thread(target=lambda: asyncio.run(come_and_go()))
        leaving.start()
        await registrations.reach(20)


async def test_thousands_of_lines_at_once_are_answered_each() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        sending = asyncio.create_task(client.send(b"".join(map(request, range(3000)))))
        found = [await client.line() for _ in range(3000)]
        await sending

    assert [line["id"] for line in found] == list(range(3000))


@pytest.mark.parametrize("size", (WRITE - 40, WRITE, 3 * WRITE, 700_000))
async def test_a_long_answer_arrives_whole(size: int) -> None:
    async def long(message: Any) -> str:
        return "x" * size

    async with serving({GetNotification: long}) as server, Client.connected(server) as client:
        await client.send(request(1) + request(2))
        for _ in range(2):
            assert (await client.line())["result"] == "x" * size


async def test_a_full_session_holds_the_lines_back() -> None:
    gate = Gate()
    async with (
        serving({GetNotification: gate}, in_flight=3) as server,
        Client.connected(server) as client,
    ):
        await client.send(b"".join(map(request, range(10))))
        await asyncio.sleep(0.1)
        assert gate.begun == 3
        gate.open.set()
        found = [await client.line() for _ in range(10)]

    assert {line["result"] for line in found} == {"done"}


async def test_tells_the_port_it_took_and_its_node_id(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chassis")
    async with serving() as server:
        [line] = [record for record in caplog.records if record.message == "listening"]
        told = vars(line)
        assert (told["server"], told["host"], told["port"]) == ("p2p", "127.0.0.1", server.port)
        assert told["node_id"] == NODE_ID
        assert server.url == f"p2p://{NODE_ID}@127.0.0.1:{server.port}"
        with pytest.raises(PortTaken, match="set P2P_PORT to a free port"):
            await bind_server("p2p", "127.0.0.1", server.port, KEY)
