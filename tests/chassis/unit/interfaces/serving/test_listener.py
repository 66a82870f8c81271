import socket
import sys

import pytest

from chassis.interfaces.serving.listener import VANISHED, listen, take_waiting


def test_takes_who_has_connected_and_waits_for_nobody() -> None:
    with listen("http", "127.0.0.1", 0, 8) as listening:
        assert take_waiting(listening) == []
        address = listening.getsockname()
        with socket.create_connection(address) as one, socket.create_connection(address) as other:
            taken = take_waiting(listening)

            clients = {one.getsockname(), other.getsockname()}
            assert {each.getpeername() for each in taken} == clients
            assert take_waiting(listening) == []
        for each in taken:
            each.close()


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
def test_all_addresses_are_those_of_both_families() -> None:
    with listen("http", "::", 0, 8) as listening:
        port = listening.getsockname()[1]
        for address in ("127.0.0.1", "::1"):
            socket.create_connection((address, port)).close()


def test_a_client_that_has_vanished_is_given_up_in_time() -> None:
    with (
        listen("http", "127.0.0.1", 0, 8) as listening,
        socket.create_connection(listening.getsockname()),
        listening.accept()[0] as accepted,
    ):
        # As the system sees it: that it counts is its own affair.
        assert option(accepted) == VANISHED * 1000


def option(connection: socket.socket) -> int:
    if sys.platform != "linux":
        pytest.skip("others have no such option")
    else:
        return connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
