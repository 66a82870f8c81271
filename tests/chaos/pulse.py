"""Whether the way through the service is open: what is accepted comes out of a stream."""

import asyncio
import time
from collections.abc import Iterable

from tests.chaos.event_type import Item


class Pulse:
    """Receives every answer and every arrival; remembers them only while a caller waits."""

    def __init__(self) -> None:
        self.accepted_in_all = 0
        self._since: float | None = None
        self._accepted: set[Item] = set()
        self._seen: set[Item] = set()
        self._beat = asyncio.Event()

    def accepted(self, items: Iterable[Item], asked: float) -> None:
        """Hear that these were accepted, for a caller who asked then (`time.monotonic`)."""
        items = list(items)
        self.accepted_in_all += len(items)
        if self._since is not None and asked >= self._since:
            self._accepted.update(items)
            self._look()

    def seen(self, item: Item) -> None:
        """Hear that it came out of a stream, which may be before its caller has the answer."""
        if self._since is not None:
            self._seen.add(item)
            self._look()

    async def beats(self, within: float) -> float:
        """Return how long it takes until one that is asked for from now on has come out.

        Raises `TimeoutError` after `within` seconds. One may wait at a time.
        """
        self._since = since = time.monotonic()
        self._beat.clear()
        try:
            async with asyncio.timeout(within):
                await self._beat.wait()
        finally:
            self._since = None
            self._accepted.clear()
            self._seen.clear()
        return time.monotonic() - since

    def _look(self) -> None:
        if not self._accepted.isdisjoint(self._seen):
            self._beat.set()
