"""The limits of connections: in all, and from one address or IPv6 network."""

from collections import Counter
from typing import Literal

from chassis.application.access.network import network_of
from chassis.interfaces.serving.limits import Limits

# The limit that a connection exceeds.
type Over = Literal["connections", "address"]

# The message for its client.
SENTENCES: dict[Over, str] = {
    "connections": "too many connections are open",
    "address": "too many connections are open from this address",
}


class Admission:
    """Counts the open connections; each `enter` needs a `leave`."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_network: Counter[str] = Counter()
        self.open = 0

    def enter(self, address: str) -> Over | None:
        """Count one more, and return the limit that it exceeds, if any."""
        network = network_of(address)
        self.open += 1
        self._by_network[network] += 1
        if self.open > self._limits.connections:
            return "connections"
        if self._by_network[network] > self._limits.connections_per_address:
            return "address"
        return None

    def leave(self, address: str) -> None:
        """Count one less."""
        network = network_of(address)
        self.open -= 1
        self._by_network[network] -= 1
        if not self._by_network[network]:
            del self._by_network[network]
