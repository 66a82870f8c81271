"""The watchers of the health: they need no token, so there are few of them."""

import asyncio

from chassis.application.access.network import network_of
from chassis.application.errors import TooMany

MOST = 1000


class Watch:
    """One watcher; `changed` is set when there is something to read."""

    def __init__(self, network: str) -> None:
        self.network = network
        self.changed = asyncio.Event()
        self.is_over = False

    def end(self) -> None:
        """End its watch."""
        self.is_over = True
        self.changed.set()


class Watches:
    """At most so many, and `per_network` from one address or network.

    With all taken, a further one takes the place of the oldest of the network that has most. A
    single client then cannot exclude the rest.
    """

    def __init__(self, per_network: int, most: int = MOST) -> None:
        self._most = most
        self._per_network = min(per_network, most)
        self._count = 0
        # The oldest first.
        self._watches: dict[str, dict[Watch, None]] = {}

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def enter(self, address: str) -> Watch:
        """Add a watcher; raises `TooMany`."""
        network = network_of(address)
        own = len(self._watches.get(network, ()))
        if own >= self._per_network:
            raise TooMany(f"{own} calls from this address watch the health already: use Check")
        if self._count >= self._most:
            heaviest = max(self._watches.values(), key=len)
            if len(heaviest) <= own + 1:
                raise TooMany(f"{self._count} calls watch the health already: use Check")
            oldest = next(iter(heaviest))
            oldest.end()
            self.leave(oldest)
        watch = Watch(network)
        self._watches.setdefault(network, {})[watch] = None
        self._count += 1
        return watch

    def leave(self, watch: Watch) -> None:
        """Remove it; a second call changes nothing."""
        watches = self._watches.get(watch.network, {})
        if watch not in watches:
            return
        del watches[watch]
        self._count -= 1
        if not watches:
            del self._watches[watch.network]

    def tell(self) -> None:
        """Wake all watchers."""
        for watches in self._watches.values():
            for watch in watches:
                watch.changed.set()

    def end(self) -> None:
        """End all watches."""
        for watches in self._watches.values():
            for watch in watches:
                watch.end()
