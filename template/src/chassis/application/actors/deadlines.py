"""Deadlines of many waits, with a few timers for all of them."""

import asyncio
from typing import Any

from chassis.application.errors import DeadlineExceeded

# A wait ends at most by this part of its length too late. Waits of one length share so many timers.
SLOTS = 64

type Waits = set[asyncio.Future[Any]]


class Deadlines:
    """Ends waits for the answers of `name` with `DeadlineExceeded`.

    A timer for each wait would cost more than many an answer.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._slots: dict[tuple[float, int], Waits] = {}
        # The last call: most waits are of one length.
        self._within = self._until = 0.0
        self._waits: Waits = set()

    def slot(self, loop: asyncio.AbstractEventLoop, within: float) -> Waits:
        """Return the waits to join for `within` seconds from now; leave them after the wait."""
        now = loop.time()
        if within == self._within and now < self._until:
            return self._waits
        width = within / SLOTS
        number = int(now / width)
        until = (number + 1) * width
        waits = self._slots.get((within, number))
        if waits is None:
            waits = self._slots[within, number] = set()
            loop.call_at(until + within, self._expire, within, number)
        self._within, self._until, self._waits = within, until, waits
        return waits

    def error(self, within: float) -> DeadlineExceeded:
        """Return the error of a wait that took too long."""
        return DeadlineExceeded(f"no answer of the {self._name} within {within:g} s")

    def _expire(self, within: float, number: int) -> None:
        for answer in self._slots.pop((within, number)):
            if not answer.done():
                answer.set_exception(self.error(within))
