"""A load balancer: each connection goes to the next server that takes it."""

import asyncio
import random
from collections.abc import Sequence
from itertools import cycle

from tests.chaos.link import PIECE, Streams
from tests.chaos.proxy import Proxy
from tools.client.address import Address


class Balancer(Proxy):
    """Leads to several targets in turn, and past those that refuse.

    It checks no health. A target that accepts connections and answers none still has its turn, and
    the caller that gets it must retry.
    """

    def __init__(self, targets: Sequence[Address], chance: random.Random) -> None:
        super().__init__(targets[0], chance)
        self._count = len(targets)
        self._turns = cycle(targets)

    async def dial(self) -> Streams:
        """Open a connection to the next target that takes it; raises `OSError`."""
        refusals = []
        for _ in range(self._count):
            try:
                return await asyncio.open_connection(*next(self._turns), limit=PIECE)
            except OSError as refusal:
                refusals.append(refusal)
        raise refusals[-1]
