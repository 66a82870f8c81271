"""The addresses that peers get: where this server's socket is reached."""

from collections.abc import Iterable

from aioice.ice import get_host_addresses

from chassis.interfaces.webrtc.upstream.port import Address

# More would only slow the peers down.
MOST = 16
LOOPBACK = "127.0.0.1"
WILDCARDS = ("0.0.0.0", "::")


def reachable_at(given: Iterable[Address], bound: Address) -> list[Address]:
    """Return the given addresses, else those that reach the bound socket; port 0 is the bound one.

    A given one may have another port, if a router or a container maps it.
    """
    host, port = bound
    found = [(each, mapped or port) for each, mapped in given]
    if found:
        return found[:MOST]
    if host not in WILDCARDS:
        return [bound]
    hosts = get_host_addresses(use_ipv4=True, use_ipv6=host == "::")
    return [(each, port) for each in hosts[:MOST]] or [(LOOPBACK, port)]
