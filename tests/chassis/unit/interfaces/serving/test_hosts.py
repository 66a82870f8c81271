import pytest

from chassis.interfaces.serving.hosts import Hosts, is_loopback
from chassis.interfaces.serving.server import WebServer
from tests.chassis.unit.interfaces.serving.raw import echo, exchange

HANDSHAKE = (
    b"Connection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


@pytest.mark.parametrize(
    ("host", "is_own"),
    (
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("10.0.0.1", False),
        ("example.com", False),
        ("", False),
    ),
)
def test_a_loopback_is_reached_from_here_alone(host: str, is_own: bool) -> None:
    assert is_loopback(host) is is_own


@pytest.mark.parametrize(
    ("host", "allowed"),
    (
        ("localhost", True),
        ("LOCALHOST:8000", True),
        ("localhost.", True),
        ("my-service.localhost:1", True),
        ("127.0.0.1:8000", True),
        ("127.1.2.3", True),
        ("[::1]:8000", True),
        ("svc.test:8000", True),
        ("SVC.test", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("evil-localhost", False),
        ("svc.test.evil.example", False),
        ("10.0.0.1", False),
        ("[::2]", False),
        ("0.0.0.0", False),
        ("[localhost", True),
        ("", False),
        ("\xe9", False),
    ),
)
def test_which_host_a_request_may_name(host: str, allowed: bool) -> None:
    hosts = Hosts(["Svc.test"])

    assert hosts.allow({"headers": [(b"host", host.encode("latin-1"))]}) is allowed


def test_each_of_several_hosts_counts() -> None:
    named = [(b"host", b"localhost"), (b"accept", b"*/*"), (b"host", b"evil.example")]

    assert not Hosts().allow({"headers": named})
    assert Hosts().allow({"headers": named[:2]})


async def asked(host: bytes, rest: bytes) -> bytes:
    server = WebServer("http", echo, "127.0.0.1", 0, hosts=Hosts())
    await server.start()
    try:
        return await exchange(server.port, [b"GET /a HTTP/1.1\r\n" + host + rest])
    finally:
        await server.stop(1)


LAST = b"Connection: close\r\n\r\n"


@pytest.mark.parametrize("rest", (LAST, HANDSHAKE), ids=("request", "websocket"))
async def test_a_foreign_host_is_told_what_to_do(rest: bytes) -> None:
    answer = await asked(b"Host: evil.example\r\n", rest)

    assert answer.startswith(b"HTTP/1.1 421 Misdirected Request")
    assert b"application/problem+json" in answer
    assert b"ALLOWED_HOSTS" in answer


@pytest.mark.parametrize("host", (b"Host: localhost:1\r\n", b""))
async def test_loopback_and_no_host_are_served(host: bytes) -> None:
    assert (await asked(host, LAST)).endswith(b"GET /a ")
