import resource
import socket

import pytest

from tools.drill.hostile.sockets import USUAL, close, connect, held, names, read, usual_limit

HOSTS = ["127.0.0.1", *(["::"] if socket.has_dualstack_ipv6() else [])]


@pytest.fixture
def listening() -> "socket.socket":
    """Return a server of our own."""
    return socket.create_server(("127.0.0.1", 0))


@pytest.mark.parametrize("host", HOSTS)
def test_counts_what_a_server_holds(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family, dualstack_ipv6=":" in host) as listening:
        port = listening.getsockname()[1]
        crowd = [connect(port) for _ in range(3)]
        accepted = [listening.accept()[0] for _ in crowd]
        peers = names(crowd)
        assert held(port, peers) == 3
        assert held(port, peers - names(crowd[:1])) == 2

        # A connection that one side has closed is still open on the other.
        crowd[0].close()
        assert held(port, peers) == 3

        accepted[0].close()
        assert held(port, peers) == 2
        close([*crowd, *accepted])
        assert held(port, peers) == 0


def test_a_client_on_the_port_of_the_server_is_told_from_it(listening: socket.socket) -> None:
    with listening:
        port = listening.getsockname()[1]
        made = connect(port, "127.0.0.9", own_port=port)
        accepted = listening.accept()[0]
        assert held(port, names([made])) == 1

        accepted.close()
        assert held(port, names([made])) == 0
        made.close()


def test_comes_from_the_address_that_it_is_told(listening: socket.socket) -> None:
    with listening:
        made = connect(listening.getsockname()[1], "127.0.0.9")
        accepted, (address, _) = listening.accept()
        close([made, accepted])

    assert address == "127.0.0.9"


def test_reads_to_the_end(listening: socket.socket) -> None:
    with listening:
        made = connect(listening.getsockname()[1])
        accepted, _ = listening.accept()
        accepted.sendall(b"x" * 100_000)
        accepted.close()
        assert read(made) == b"x" * 100_000
        made.close()


def test_a_service_begins_with_few_files() -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    with usual_limit():
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (USUAL, before[1])

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == before
