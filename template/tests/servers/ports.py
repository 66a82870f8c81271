"""Ports for servers to listen on."""

import random
import socket
from contextlib import suppress


def free_port() -> int:
    """Return a free port of the loopback address.

    It lies below the range that systems take client ports from (Linux: 32768 and up). In it,
    another connection could take the port while its server is stopped. A client that retries would
    in the end connect to itself.
    """
    while True:
        port = random.randrange(15_000, 32_000)
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
