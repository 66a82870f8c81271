"""A subscriber: follows a stream from replica to replica, and is cut again and again."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tests.chaos.aggregates import STREAMED
from tests.chaos.history import History
from tests.chaos.pulse import Pulse
from tools.client.reader import Reader

# Entries: more than a replica keeps in memory for those who come back.
BACK = 15_000

# Seconds: before it comes back; between two cuts, on average; for its first stream.
RETRY = 0.2
BETWEEN = 8.0
PATIENCE = 60.0


class Subscriber:
    """Follows what `query` says, and writes down what it saw, with the cursor of each.

    It reconnects with the last cursor, to a random one of `urls` after each cut of its own. One
    that `rewinds` goes back in the journal each time, and reads it again while more arrives.
    """

    def __init__(
        self,
        name: str,
        urls: Sequence[str],
        query: dict[str, str],
        history: History,
        pulse: Pulse,
        seed: int,
        rewinds: bool = False,
    ) -> None:
        self.name = name
        self._rewinds = rewinds
        self._begin = 0
        self._urls = urls
        self._query = query
        self._history = history
        self._pulse = pulse
        self._wandering: asyncio.Task[None] | None = None
        self._chance = random.Random(f"{seed}/{name}")
        asked = "&".join(f"{field}={value}" for field, value in query.items())
        self._reader = Reader(self._chance.choice(urls), asked, self._take, RETRY)

    @property
    def position(self) -> int:
        """How far in the journal it has come; that is told by what was not for it, too."""
        return int(self._reader.cursor.rpartition(".")[2])

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Follow for as long as the block lasts; it begins once the stream is open."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._reader.follow())]
            try:
                async with asyncio.timeout(PATIENCE):
                    await self._reader.there.wait()
                self._begin = self.position
                self._history.note("follows", by=self.name, after=self._begin, query=self._query)
                self._wandering = group.create_task(self._wander())
                tasks.append(self._wandering)
                yield
            finally:
                for task in tasks:
                    task.cancel()
                fields = {"cuts": self._reader.cuts, "resets": self._reader.resets}
                self._history.note("followed", by=self.name, **fields)

    def stay(self) -> None:
        """Be cut no more, and go back no more."""
        if self._wandering is not None:
            self._wandering.cancel()

    async def _wander(self) -> None:
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / BETWEEN))
            self._reader.move(self._chance.choice(self._urls))
            # One that is on its way already comes from where it was.
            if self._rewinds and self._reader.there.is_set():
                self._rewind()
            else:
                self._reader.cut()

    def _rewind(self) -> None:
        epoch, _, position = self._reader.cursor.rpartition(".")
        back = max(self._begin, int(position) - self._chance.randrange(BACK))
        self._reader.rewind(f"{epoch}.{back}")
        self._history.note("rewound", by=self.name, to=back)

    def _take(self, data: bytes, _: int) -> None:
        type_ = STREAMED[self._reader.event]
        identity: str = json.loads(data)[type_.id]
        self._history.note("seen", by=self.name, at_position=self.position, id=identity)
        self._pulse.seen((type_.name, identity))
