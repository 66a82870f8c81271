"""The effects of a network on its connections."""

import asyncio
import math
import random
from contextlib import suppress
from enum import Enum

# The time that TCP waits before it sends lost data again. It doubles each time, up to a limit
# (TCP's own is 120 s, which would outlast every run).
RETRANSMIT = 0.2
LONGEST = 1.6


class Way(Enum):
    """A direction: from the client to the server, or from the server to the client."""

    UP = "up"
    DOWN = "down"


class Conditions:
    """How long each piece of data takes, and whether it arrives; calm until something is said.

    Seconds everywhere. Several may hold at once; `heal` ends them all.
    """

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._calm = asyncio.Event()
        self._swallowed: frozenset[Way] = frozenset()
        self.heal()

    def delay(self, seconds: float, jitter: float = 0.0) -> None:
        """Let each piece take that long each way, and up to `jitter` longer."""
        self._latency, self._jitter = seconds, jitter
        self._calm.clear()

    def lose(self, share: float) -> None:
        """Lose that share of the pieces; they come once TCP has sent them again, so late."""
        if not 0 <= share < 1:
            raise ValueError(f"{share} is no share that leaves anything")
        self._loss = share
        self._calm.clear()

    def throttle(self, rate: float) -> None:
        """Let no more than `rate` bytes a second pass, on each way of each connection."""
        self._rate = rate
        self._calm.clear()

    def hold(self) -> None:
        """Let nothing pass until `heal`, and lose nothing: a short partition."""
        self._held = True
        self._calm.clear()

    def swallow(self, *ways: Way) -> None:
        """Lose for good what goes these ways, and that a side has closed, too."""
        self._swallowed = frozenset(ways)
        self._calm.clear()

    def heal(self) -> None:
        """Be calm again; what waits passes at once, in order."""
        self._latency = self._jitter = self._loss = 0.0
        self._rate = math.inf
        self._held = False
        self._swallowed = frozenset()
        self._calm.set()

    def swallows(self, way: Way) -> bool:
        """Return whether what goes this way is lost for good."""
        return way in self._swallowed

    def due(self, size: int, free: float) -> float:
        """Return the loop's time at which a piece of `size` bytes that comes now arrives.

        `free` is when the piece before it did, whose place on the line it takes.
        """
        now = asyncio.get_running_loop().time()
        sent = max(now, free) if self._rate < math.inf else now
        delay = self._latency + self._chance.uniform(0, self._jitter)
        again = RETRANSMIT
        while self._chance.random() < self._loss:
            delay, again = delay + again, min(2 * again, LONGEST)
        return max(free, sent + size / self._rate + delay)

    async def passes(self, due: float) -> None:
        """Wait until a piece arrives that is due then."""
        loop = asyncio.get_running_loop()
        while not self._calm.is_set():
            if not self._held and due <= loop.time():
                return
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if self._held else due):
                    await self._calm.wait()
