"""A connection is found by its client's place, and cut."""

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest

from chassis.interfaces.grpc.cut import cut


class Served:
    """A server that keeps what connects."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self.accepted: list[socket.socket] = []

    @property
    def port(self) -> int:
        port: int = self._listening.getsockname()[1]
        return port

    def connect(self, host: str = "127.0.0.1") -> socket.socket:
        client = socket.create_connection((host, self.port), 5)
        self.accepted.append(self._listening.accept()[0])
        return client


@pytest.fixture(params=("127.0.0.1", "::"))
async def served(request: pytest.FixtureRequest) -> AsyncIterator[Served]:
    """A server on IPv4, or on both kinds of addresses."""
    host = request.param
    family = socket.AF_INET if host == "127.0.0.1" else socket.AF_INET6
    with socket.create_server((host, 0), family=family, dualstack_ipv6=host == "::") as listening:
        served = Served(listening)
        yield served
        for each in served.accepted:
            each.close()


async def test_the_one_connection_is_cut_and_no_other(served: Served) -> None:
    with served.connect() as one, served.connect() as other:
        assert cut(served.port, *one.getsockname())

        assert one.recv(1) == b""
        # A reader of it in the server learns of it as well.
        assert served.accepted[0].recv(1) == b""
        served.accepted[1].send(b"x")
        assert other.recv(1) == b"x"


async def test_one_that_is_gone_or_is_on_another_port_is_not_found(served: Served) -> None:
    with served.connect() as one:
        address, port = one.getsockname()
        assert not cut(served.port + 1, address, port)
        assert not cut(served.port, "127.0.0.9", port)
        # The client's own end has these ports the other way round.
        assert not cut(port, address, served.port + 1)
        await asyncio.to_thread(served.accepted[0].send, b"x")
        assert one.recv(1) == b"x"
