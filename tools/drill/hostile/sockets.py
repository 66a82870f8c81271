"""Plain sockets of clients, and those that a server still holds."""

import resource
import socket
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

HOST = "127.0.0.1"
PATIENCE = 30.0
# Open files, on Linux.
USUAL = 1024
PART = 65_536
# A server that listens on both kinds of addresses is in the second one alone.
TABLES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))


def raise_limit() -> None:
    """Let this process open as many files as the system allows."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def usual_limit() -> Iterator[None]:
    """Have the processes that are started meanwhile begin with as few as a shell lets them have."""
    own, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (USUAL, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (own, most))


def connect(port: int, address: str = HOST, own_port: int = 0, buffer: int = 0) -> socket.socket:
    """Return a connection from one of this machine's addresses.

    `buffer` is how many bytes the system takes in for it; 0 leaves that to the system.
    """
    made = socket.socket()
    if buffer:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    made.settimeout(PATIENCE)
    made.bind((address, own_port))
    made.connect((HOST, port))
    return made


def read(connection: socket.socket) -> bytes:
    """Return what comes until the other side closes; raises `TimeoutError` where it does not."""
    got = b""
    with suppress(ConnectionError):
        while part := connection.recv(PART):
            got += part
    return got


def close(connections: Collection[socket.socket]) -> None:
    """Close them all."""
    for connection in connections:
        connection.close()


def held(port: int, peers: Collection[int]) -> int:
    """Return how many connections on `port`, to these ports of clients, a process still holds."""
    lines = [line.split() for table in TABLES for line in table.read_text().splitlines()[1:]]
    # Without an inode nobody holds it: the kernel alone still waits for its end.
    open_ones = ((line[1], line[2]) for line in lines if line[9] != "0")
    return sum(_port(own) == port and _port(peer) in peers for own, peer in open_ones)


def _port(place: str) -> int:
    return int(place.rpartition(":")[2], 16)
