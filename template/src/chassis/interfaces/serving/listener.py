"""The listening socket, bound here so that a failure has a clear message."""

import errno
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chassis.interfaces.serving.errors import CannotBind, PortTaken

# Seconds after which a client that acknowledges no data is gone, such as an unplugged one. The
# system itself would continue for a quarter of an hour.
VANISHED = 40


def listen(name: str, host: str, port: int, backlog: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`; port 0 means any free one.

    `0.0.0.0` are all addresses of IPv4, `::` those of IPv6 and IPv4.

    Raises `PortTaken` or `CannotBind`, which name the settings `<NAME>_HOST` and `<NAME>_PORT`.
    """
    with _explained(name, host, port):
        family, address = _resolve(host, port, socket.SOCK_STREAM)
        listening = socket.create_server(
            address, family=family, backlog=backlog, dualstack_ipv6=_is_both(address[0])
        )
    if sys.platform == "linux":
        # Connections inherit it from the listening socket.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED * 1000)
    return listening


def bind_datagrams(name: str, host: str, port: int) -> socket.socket:
    """Return a UDP socket on `host` and `port`, as `listen` does for TCP, with the same errors."""
    with _explained(name, host, port):
        family, address = _resolve(host, port, socket.SOCK_DGRAM)
        bound = socket.socket(family, socket.SOCK_DGRAM)
        try:
            if family == socket.AF_INET6:
                only = not _is_both(address[0])
                bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
            bound.bind(address)
        except OSError:
            bound.close()
            raise
    return bound


def take_waiting(listening: socket.socket) -> list[socket.socket]:
    """Return the connections that are made but not yet accepted.

    If `listening` is closed first, the system resets them, with the data that their clients have
    sent.
    """
    taken: list[socket.socket] = []
    listening.setblocking(False)
    while True:
        try:
            taken.append(listening.accept()[0])
        except ConnectionAbortedError:
            continue
        except OSError:
            return taken


def _resolve(host: str, port: int, kind: socket.SocketKind) -> tuple[int, tuple[str, int]]:
    """Return the family and the address to bind; raises `OSError`."""
    family, *_, address = socket.getaddrinfo(
        host or None, port, type=kind, flags=socket.AI_PASSIVE
    )[0]
    return family, (str(address[0]), int(address[1]))


def _is_both(address: str) -> bool:
    """Return whether it means all addresses of both families, as it does to gRPC, too."""
    return address == "::" and socket.has_dualstack_ipv6()


@contextmanager
def _explained(name: str, host: str, port: int) -> Iterator[None]:
    """Turn an `OSError` into a `StartError` that names the settings."""
    setting = name.upper()
    try:
        yield
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(
                f"{setting}_PORT {port} on {host} is taken: "
                f"set {setting}_PORT to a free port, or 0 for any"
            ) from None
        if error.errno == errno.EACCES:
            raise CannotBind(
                f"{setting}_PORT {port} needs a privileged process: "
                f"set {setting}_PORT to 1024 or more"
            ) from None
        raise CannotBind(
            f"{setting}_HOST {host} cannot be listened on ({error.strerror or error}): "
            f"set {setting}_HOST to an address of this machine, or 0.0.0.0 for all of them"
        ) from None
