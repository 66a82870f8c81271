"""Calls written by hand, to a server that knows the protocol."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest

from tools.drill.hostile import http2

PATH = "/test.Echo/Shout"


class Echo(grpc.GenericRpcHandler):  # type: ignore[misc]  # it has no annotations
    """Answers a message in capital letters, whatever the method, and keeps the methods."""

    def __init__(self) -> None:
        self.called: list[str] = []

    def service(self, details: Any) -> Any:
        self.called.append(details.method)
        return grpc.unary_unary_rpc_method_handler(lambda message, _: message.upper())


@pytest.fixture
def echo() -> Iterator[tuple[int, Echo]]:
    """Serve, and return the port and who answers."""
    with ThreadPoolExecutor(1) as pool:
        server, handler = grpc.server(pool), Echo()
        server.add_generic_rpc_handlers((handler,))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        yield port, handler
        server.stop(None).wait()


def test_a_call_is_understood(echo: tuple[int, Echo]) -> None:
    port, handler = echo
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(http2.HELLO + http2.call(1, PATH, b"hello"))
        got = b""
        while b"grpc-status" not in got:
            part = connection.recv(65_536)
            assert part, got
            got += part

    assert handler.called == [PATH]
    assert b"HELLO" in got


def test_several_calls_go_over_one_connection(echo: tuple[int, Echo]) -> None:
    port, _ = echo
    calls = [http2.call(2 * number + 1, PATH, f"no {number}".encode()) for number in range(3)]
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        connection.sendall(http2.HELLO + b"".join(calls))
        got = b""
        while not all(f"NO {number}".encode() in got for number in range(3)):
            part = connection.recv(65_536)
            assert part, got
            got += part
