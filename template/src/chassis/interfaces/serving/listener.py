"""The listening socket, bound here so that a failure has a clear message."""

import errno
import socket
import sys

from chassis.interfaces.serving.errors import CannotBind, PortTaken

# Seconds after which a client that acknowledges no data is gone, such as an unplugged one. The
# system itself would continue for a quarter of an hour.
VANISHED = 40


def listen(name: str, host: str, port: int, backlog: int) -> socket.socket:
    """Return a socket that listens on `host` and `port`; port 0 means any free one.

    `0.0.0.0` are all addresses of IPv4, `::` those of IPv6 and IPv4.

    Raises `PortTaken` or `CannotBind`, which name the settings `<NAME>_HOST` and `<NAME>_PORT`.
    """
    setting = name.upper()
    try:
        family, *_, address = socket.getaddrinfo(
            host or None, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        # To gRPC, too, it means all addresses, of both families.
        both = address[0] == "::" and socket.has_dualstack_ipv6()
        listening = socket.create_server(
            address[:2], family=family, backlog=backlog, dualstack_ipv6=both
        )
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
    if sys.platform == "linux":
        # Connections inherit it from the listening socket.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, VANISHED * 1000)
    return listening


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
