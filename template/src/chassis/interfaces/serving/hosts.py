"""Hosts that a request may name.

A page's own name may lead to this machine (DNS rebinding). To the browser the answers are that
page's then, and its requests carry that name.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from chassis.interfaces.serving.asgi import Scope

# Hosts whose answer is remembered, for as many clients as call under different ports and names.
REMEMBERED = 256


def is_loopback(host: str) -> bool:
    """Return whether nobody but this machine reaches that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Hosts:
    """The names and addresses of loopback, and `names` next to them, on any port."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(map(str.lower, names))
        self._knows = lru_cache(REMEMBERED)(self._look_up)

    def allow(self, scope: Scope) -> bool:
        """Return whether each `Host` of a request is one of these; one without is no browser's."""
        # A plain loop: each request comes through here, and a generator takes three times as long.
        for name, value in scope.get("headers", ()):
            if name == b"host" and not self._knows(value):
                return False
        return True

    def _look_up(self, value: bytes) -> bool:
        host = value.decode("latin-1").lower()
        if host.startswith("["):
            host = host[1:].partition("]")[0]
        else:
            host = host.partition(":")[0].removesuffix(".")
        # Names below it are loopback's, too (RFC 6761, 6.3).
        return is_loopback(host) or host.endswith(".localhost") or host in self._names
