"""Hosts that a request may name.

A web page's own name may resolve to this machine (DNS rebinding). The browser then takes the
answers for that page's, and its requests carry that name.
"""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache

from chassis.interfaces.serving.asgi import Scope

# Hosts whose result is cached, for as many clients as use different ports and names.
REMEMBERED = 256


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches that host."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class Hosts:
    """The names and addresses of loopback, and also `names`, on any port."""

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._names = frozenset(map(str.lower, names))
        self._knows = lru_cache(REMEMBERED)(self._look_up)

    def allow(self, scope: Scope) -> bool:
        """Return whether each `Host` of a request is allowed; one without is no browser's."""
        # A plain loop: every request runs it, and a generator takes three times as long.
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
