"""A client whose address changes: its streams go on, and nothing is lost or doubled."""

import asyncio
import socket
from typing import Any

import pytest
from msgspec import Raw

from app.application.notification.messages import GetNotification
from chassis.application.streaming.messages import Subscribe
from tests.chassis.integration.quic.serving import Client, Protocol, request, serving, until
from tests.unit.jsonrpc.talk import Gate, Items


class Moved(asyncio.DatagramProtocol):
    """Receives for a client that has another address now."""

    def __init__(self, client: Protocol) -> None:
        self._client = client

    def datagram_received(self, data: bytes, addr: Any) -> None:
        self._client.datagram_received(data, addr)


async def move(client: Protocol) -> None:
    """Let it have another port, as behind a router that has forgotten it."""
    made = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind(("::", 0))
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: Moved(client), sock=made)
    assert client._transport is not None
    client._transport.close()
    client._transport = transport


@pytest.mark.parametrize("knows", (True, False))
async def test_streams_go_on_from_another_address(knows: bool) -> None:
    stream, gate = Items(), Gate()

    async def subscribe(message: Any) -> Items:
        return stream

    handlers: Any = {Subscribe: subscribe, GetNotification: gate}
    async with serving(handlers) as server, Client.connected(server) as client:
        waiting = client.another()
        waiting.send(request(7))
        await until(lambda: gate.begun)
        client.send(b'{"jsonrpc":"2.0","id":1,"method":"notifications.subscribe"}\n')
        await client.line()
        found = []
        for number in range(60):
            stream.put(str(number), data=Raw(b'"%b"' % (b"x" * 2000)))
            if number % 20 == 10:
                await move(client.protocol)
                if knows:
                    client.protocol.change_connection_id()
                # The server learns the new address from the client's next datagram.
                asking = client.protocol.ping()
                await asyncio.wait_for(asking, 5)
            found.append((await client.line())["params"]["cursor"])
        gate.open.set()
        assert (await waiting.line())["id"] == 7
        [protocol] = server._protocols
        [path, *_] = protocol.quic._network_paths
        assert path.addr[1] == port_of(client.protocol)

    assert client.protocol._transport is not None
    client.protocol._transport.close()
    assert found == [str(number) for number in range(60)]


async def test_a_copied_datagram_moves_nothing() -> None:
    async def done(message: Any) -> Raw:
        return Raw(b'"done"')

    copied: list[bytes] = []
    async with serving({GetNotification: done}) as server, Client.connected(server) as client:
        client.send(request(1))
        await client.line()
        transport: Any = client.protocol._transport
        send = transport.sendto

        class Copying:
            def sendto(self, data: bytes, addr: Any) -> None:
                copied.append(data)
                send(data, addr)

            def close(self) -> None:
                transport.close()

        client.protocol._transport = Copying()  # type: ignore[assignment]  # only what it uses
        client.send(request(2))
        await client.line()
        client.protocol._transport = transport
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.settimeout(0.3)
            for data in copied:
                other.sendto(data, ("127.0.0.1", server.port))
            await asyncio.sleep(0.2)
            with pytest.raises(TimeoutError):
                other.recv(2000)
        client.send(request(3))
        assert (await client.line())["id"] == 3
    assert copied


def port_of(client: Protocol) -> int:
    assert client._transport is not None
    port: int = client._transport.get_extra_info("sockname")[1]
    return port
