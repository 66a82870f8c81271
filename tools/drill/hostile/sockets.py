"""Plain sockets of clients, and those that a server still holds."""

import asyncio
import resource
import socket
import struct
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# The address and the port of one side. The port alone does not tell who it is: that of a client on
# another address may be that of the server.
Name = tuple[str, int]

HOST = "127.0.0.1"
PATIENCE = 30.0
# Open files, on Linux.
USUAL = 1024
PART = 65_536
# Seconds between two looks at what a process holds.
EVERY = 0.5
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

    `buffer` is the number of bytes that the system buffers for it; with 0 the system chooses.
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


def names(connections: Collection[socket.socket]) -> set[Name]:
    """Return where these clients are, as `held` knows them."""
    return {connection.getsockname() for connection in connections}


def held(port: int, peers: Collection[Name]) -> int:
    """Return how many connections on `port`, to these clients, a process still holds."""
    lines = [line.split() for table in TABLES for line in table.read_text().splitlines()[1:]]
    # Without an inode no process holds it: only the kernel still waits for its end.
    open_ones = ((_name(line[1]), _name(line[2])) for line in lines if line[9] != "0")
    return sum(own[1] == port and peer in peers for own, peer in open_ones)


async def gone(port: int, peers: Collection[Name], within: float) -> tuple[int, float]:
    """Wait until a process holds none of these, for so many seconds at most.

    Return how many are left, and after how many seconds that was so.
    """
    began = time.monotonic()
    while True:
        left, after = held(port, peers), time.monotonic() - began
        if not left or after > within:
            return left, after
        await asyncio.sleep(EVERY)


def _name(place: str) -> Name:
    address, _, port = place.rpartition(":")
    # An address of IPv4 is the end of one of IPv6, word by word in the order of this processor.
    return socket.inet_ntoa(struct.pack("=I", int(address[-8:], 16))), int(port, 16)
