"""Many subscribers of one consumer, and what each of them has got."""

import asyncio
import re
import time
from array import array
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from tools.client.reader import Reader

# So many connections are opened at a time: a listener's backlog is bounded.
AT_ONCE = 200
PATIENCE = 60.0

_DATA = re.compile(rb'"n": ?(\d+), ?"sent": ?(\d+)')


def body(receiver: str, number: int, sent: int) -> bytes:
    """Return a notification that tells its number and when it was sent (`time.monotonic_ns`)."""
    return (
        b'{"receiver":"%b","action_type":"measured","actioner":"bob",'
        b'"action_data":{"n":%d,"sent":%d,"amount":"129.90","note":"two of three"}}'
    ) % (receiver.encode(), number, sent)


class Crowd:
    """`size` subscribers in `groups`, each group with a receiver; 0 groups: all get everything."""

    def __init__(self, url: str, size: int, groups: int) -> None:
        self.groups = groups
        self.latencies = array("q")
        # The numbers that each one got, and when the last of all came.
        self.got = [array("q") for _ in range(size)]
        self.last = 0
        self.readers = [
            Reader(url, self._query(index), self._taker(index)) for index in range(size)
        ]
        self._tasks: list[asyncio.Task[None]] = []

    def receiver(self, number: int) -> str:
        """Return the receiver of the notification with that number."""
        return f"r{number % self.groups if self.groups else number}"

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow for as long as the block lasts; it begins once every stream is open."""
        try:
            for first in range(0, len(self.readers), AT_ONCE):
                some = self.readers[first : first + AT_ONCE]
                self._tasks += [asyncio.create_task(reader.follow()) for reader in some]
                async with asyncio.timeout(PATIENCE):
                    await asyncio.gather(*(reader.there.wait() for reader in some))
            yield
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            self._tasks.clear()

    async def back(self, since: float) -> list[float]:
        """Wait until all are there again; return the seconds that each took since `since`."""
        async with asyncio.timeout(PATIENCE):
            for reader in self.readers:
                while reader.back_at < since:
                    await asyncio.sleep(0.02)
        return sorted(reader.back_at - since for reader in self.readers)

    def forget(self) -> None:
        """Begin again with the next events."""
        for kept in (self.latencies, *self.got):
            del kept[:]

    def missing(self, numbers: range) -> int:
        """Return how many deliveries of these numbers have not come."""
        return sum(
            len(set(self._wanted(index, numbers)).difference(got))
            for index, got in enumerate(self.got)
        )

    def twice(self) -> int:
        """Return how many deliveries came again."""
        return sum(len(got) - len(set(got)) for got in self.got)

    async def complete(self, numbers: range, patience: float = 20.0) -> bool:
        """Wait until all of these numbers have come to whom they were for."""
        end = time.monotonic() + patience
        while self.missing(numbers):
            if time.monotonic() > end:
                return False
            await asyncio.sleep(0.2)
        return True

    def _wanted(self, index: int, numbers: range) -> range:
        if not self.groups:
            return numbers
        first = numbers.start + (index - numbers.start) % self.groups
        return range(first, numbers.stop, self.groups)

    def _query(self, index: int) -> str:
        return f"receiver=r{index % self.groups}" if self.groups else ""

    def _taker(self, index: int) -> Callable[[bytes, int], None]:
        got, latencies = self.got[index], self.latencies

        def take(data: bytes, now: int) -> None:
            if found := _DATA.search(data):
                got.append(int(found[1]))
                latencies.append(now - int(found[2]))
                self.last = now

        return take
