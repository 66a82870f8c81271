"""Lines over a real socket, as `nc` would send them."""

import asyncio
import logging
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification, Register, Registered
from chassis.application.access.no_authenticator import NoAuthenticator
from chassis.interfaces.serving.errors import PortTaken
from chassis.interfaces.tcp.server import TcpServer
from tests.chassis.integration.tcp.serving import Client, endpoint_of, request, serving
from tests.unit.jsonrpc.talk import IDENTITY, Gate


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


@pytest.mark.parametrize("end", (b"\n", b"\r\n"))
async def test_a_line_is_answered_with_a_line(end: bytes) -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        await client.send(b"\n" + request().strip() + end)

        assert await client.line() == {"jsonrpc": "2.0", "id": 1, "result": "done"}


REGISTER = (
    b'{"jsonrpc":"2.0","id":1,"method":"notifications.register","params":'
    b'{"notifications":[{"receiver":"ada","action_type":"greeted"}]}}\n'
)
# The bytes that a page can make a browser send, with `fetch` and a body of plain text.
OF_A_PAGE = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:7000\r\nContent-Type: text/plain\r\n\r\n" + REGISTER
)


@pytest.mark.parametrize(
    "sent",
    (OF_A_PAGE, b"\r\n" + OF_A_PAGE, b"\x16\x03\x01\n" + REGISTER, b"\0\1\n" + REGISTER, b"x\n"),
)
@pytest.mark.parametrize("at_once", (True, False))
async def test_what_does_not_begin_with_a_message_is_sent_away(sent: bytes, at_once: bool) -> None:
    asked: list[Any] = []

    async def handle(message: Register) -> Registered:
        asked.append(message)
        return Registered((IDENTITY,))

    async with serving({Register: handle}) as server, Client.connected(server) as client:
        for part in [sent] if at_once else sent.splitlines(keepends=True):
            await client.send(part)
            await asyncio.sleep(0)
        [refused] = await client.rest()

    assert (refused["id"], refused["error"]["code"]) == (None, -32700)
    assert "must be JSON" in refused["error"]["message"]
    assert not asked


async def test_a_line_that_is_no_message_ends_nothing_later() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        await client.send(request(1) + b"x\n" + request(2))
        codes = [(await client.line()).get("error", {}).get("code") for _ in range(3)]

    assert sorted(codes, key=str) == [-32700, None, None]


async def test_answers_what_comes_before_the_end_and_closes() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        await client.send(request(1) + request(2).strip())
        client.end()

        assert [line["id"] for line in await client.rest()] == [1, 2]


async def test_what_is_under_way_at_the_end_is_answered() -> None:
    gate = Gate()
    async with serving({GetNotification: gate}) as server, Client.connected(server) as client:
        await client.send(request())
        client.end()
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
    async with serving({Register: handle}, in_flight=2) as server:
        async with Client.connected(server) as client:
            await client.send(line * 20)
        async with asyncio.timeout(5):
            while len(asked) < 20:
                await asyncio.sleep(0.01)


async def test_ten_thousand_lines_at_once_are_answered_each() -> None:
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        sending = asyncio.create_task(client.send(b"".join(map(request, range(10_000)))))
        found = [await client.line() for _ in range(10_000)]
        await sending

    assert [line["id"] for line in found] == list(range(10_000))


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


async def test_tells_the_port_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chassis")
    async with serving() as server:
        [line] = [record for record in caplog.records if record.message == "listening"]
        told = vars(line)
        assert (told["server"], told["host"], told["port"]) == ("tcp", "127.0.0.1", server.port)
        other = TcpServer("tcp", endpoint_of({}, NoAuthenticator()), "127.0.0.1", server.port)
        with pytest.raises(PortTaken, match="set TCP_PORT to a free port"):
            await other.start()
