"""How many connections are let in: in all, and from one address, of IPv6 from one network."""

from collections import Counter
from typing import Literal

from chassis.application.access.network import network_of
from chassis.interfaces.serving.limits import Limits

# Which limit a connection is over.
type Over = Literal["connections", "address"]

# What its client is told.
SENTENCES: dict[Over, str] = {
    "connections": "too many connections are open",
    "address": "too many connections are open from this address",
}


class Admission:
    """Counts the connections that are open; whoever enters also leaves."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._by_network: Counter[str] = Counter()
        self.open = 0

    def enter(self, address: str) -> Over | None:
        """Count one more, and return which limit it is over, if any."""
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
