"""A STUN server, which tells the service under which address it is seen."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aioice.stun import Class, Message, Method, parse_message
from msgspec import Raw

from app.application.notification.messages import GetNotification
from tests.chassis.integration.webrtc.serving import client_of, request, serving, told, url_of
from tests.chassis.integration.webrtc.test_signalling import an_offer
from tests.chassis.webrtc_client import offer

SEEN = ("203.0.113.9", 4444)


class Stun(asyncio.DatagramProtocol):
    """Tells each client the same address, or nothing at all."""

    def __init__(self, *, answers: bool) -> None:
        self.asked = 0
        self._answers = answers
        self._transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]  # of datagrams
        self._transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.asked += 1
        if self._answers:
            asked = parse_message(data)
            seen = {"XOR-MAPPED-ADDRESS": SEEN}
            told = Message(Method.BINDING, Class.RESPONSE, asked.transaction_id, seen)
            self._transport.sendto(bytes(told), addr)


@asynccontextmanager
async def stun(*, answers: bool = True) -> AsyncIterator[tuple[Stun, dict[str, Any]]]:
    """Give a server, and the setting that names it."""
    loop = asyncio.get_running_loop()
    transport, server = await loop.create_datagram_endpoint(
        lambda: Stun(answers=answers), local_addr=("127.0.0.1", 0)
    )
    try:
        yield server, {"stun_server": transport.get_extra_info("sockname")}
    finally:
        transport.close()


async def done(message: Any) -> Raw:
    return Raw(b'"done"')


def candidates(answer: str) -> list[str]:
    return re.findall(r"a=candidate:\S+ 1 udp \d+ (\S+ \d+ typ \w+)", answer)


async def test_peers_get_the_address_that_a_stun_server_tells() -> None:
    async with (
        stun() as (server, servers),
        serving({GetNotification: done}, ice_servers=servers) as service,
    ):
        answer = await offer(url_of(service), await an_offer())
        async with client_of(service) as (_, channel):
            channel.send(request())
            assert (await told(channel))["result"] == "done"

    assert candidates(answer.text) == [
        f"127.0.0.1 {service.port} typ host",
        f"{SEEN[0]} {SEEN[1]} typ srflx",
    ]
    assert server.asked == 2


async def test_no_server_is_asked_unless_it_is_set() -> None:
    async with serving() as service:
        answer = await offer(url_of(service), await an_offer())

    assert candidates(answer.text) == [f"127.0.0.1 {service.port} typ host"]


async def test_with_a_server_the_addresses_of_an_offer_are_tried() -> None:
    async with stun() as (_, servers), serving(ice_servers=servers) as service:
        loop = asyncio.get_running_loop()
        transport, offered = await loop.create_datagram_endpoint(
            lambda: Stun(answers=False), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        line = f"a=candidate:9 1 udp 1 127.0.0.1 {port} typ host"
        text = re.sub(r"a=candidate:[^\r]*", line, await an_offer())
        assert (await offer(url_of(service), text)).status_code == 201
        async with asyncio.timeout(5):
            while not offered.asked:
                await asyncio.sleep(0.01)
        transport.close()


async def test_without_one_nothing_is_sent_to_the_addresses_of_an_offer() -> None:
    async with serving() as service:
        loop = asyncio.get_running_loop()
        transport, offered = await loop.create_datagram_endpoint(
            lambda: Stun(answers=False), local_addr=("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        line = f"a=candidate:9 1 udp 1 127.0.0.1 {port} typ host"
        text = re.sub(r"a=candidate:[^\r]*", line, await an_offer())
        assert (await offer(url_of(service), text)).status_code == 201
        await asyncio.sleep(0.3)
        transport.close()

    assert offered.asked == 0
