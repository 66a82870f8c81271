"""A mailbox: the queue of an actor, bounded in number and in weight."""

import asyncio
from collections import deque
from enum import Enum
from math import inf
from time import monotonic

from msgspec import Struct

from chassis.application.errors import Busy
from chassis.application.ports.metrics import Gauge, Metrics

RETRY_AFTER = 1

DEPTH = Gauge("mailbox_depth", "Items that wait in an actor's mailbox.", ("actor",))
AGE = Gauge("mailbox_age_seconds", "How long the oldest item has waited.", ("actor",))


class WhenFull(Enum):
    """How a full mailbox treats one more item."""

    REJECT = "reject"
    WAIT = "wait"
    DROP_OLDEST = "drop oldest"


class MailboxEntry[Item](Struct, frozen=True):
    """An item in a mailbox, and since when it waits, by the monotonic clock."""

    since: float
    weight: int
    item: Item


class Mailbox[Item]:
    """Keeps items in the order of arrival: at most `limit` items and `weight` bytes."""

    def __init__(self, actor: str, metrics: Metrics, *, limit: int, weight: float = inf) -> None:
        self._actor = actor
        self._limit = limit
        self._room = weight
        self._waiting: deque[MailboxEntry[Item]] = deque()
        self._takers: list[asyncio.Future[None]] = []
        self._freed = asyncio.Event()
        self._sending = asyncio.Lock()
        self._is_closed = False
        metrics.watch(DEPTH, lambda: len(self._waiting), actor)
        metrics.watch(AGE, self._age, actor)

    def __len__(self) -> int:
        """Return the number of items that wait."""
        return len(self._waiting)

    def post(self, item: Item, weight: int = 0) -> None:
        """Put an item in; `weight` is about how many bytes of memory it takes.

        Raises `Busy` if there is no room, or the mailbox is closed. An empty mailbox takes one item
        of any weight.
        """
        if self._is_closed:
            raise Busy(f"the {self._actor} has been stopped", RETRY_AFTER)
        waiting = self._waiting
        if waiting and (len(waiting) >= self._limit or weight > self._room):
            raise Busy(f"too many requests wait for the {self._actor}: try again", RETRY_AFTER)
        self._room -= weight
        waiting.append(MailboxEntry(monotonic(), weight, item))
        if self._takers:
            self._wake()

    async def post_when_free(self, item: Item, weight: int = 0) -> None:
        """Put an item in once there is room, in the order of the calls; raises `Busy` if closed."""
        async with self._sending:
            while not (self._has_room(weight) or self._is_closed):
                self._freed.clear()
                await self._freed.wait()
            self.post(item, weight)

    def post_or_drop(self, item: Item, weight: int = 0) -> list[Item]:
        """Put an item in, and return the oldest ones that had to leave; raises `Busy` if closed."""
        dropped: list[Item] = []
        while not (self._has_room(weight) or self._is_closed):
            dropped += self.take(1)
        self.post(item, weight)
        return dropped

    def take(self, limit: int, weight: float = inf) -> list[Item]:
        """Take the oldest items: at most `limit`, of `weight` bytes together.

        A heavier item comes alone. An empty mailbox returns none.
        """
        taken: list[Item] = []
        while self._waiting and len(taken) < limit:
            first = self._waiting[0]
            weight -= first.weight
            if taken and weight < 0:
                break
            self._waiting.popleft()
            self._room += first.weight
            taken.append(first.item)
        self._freed.set()
        return taken

    def pop(self) -> MailboxEntry[Item] | None:
        """Take the oldest item, with its age; `None` if there is none."""
        if not self._waiting:
            return None
        first = self._waiting.popleft()
        self._room += first.weight
        self._freed.set()
        return first

    def put_back(self, first: MailboxEntry[Item]) -> None:
        """Make a popped item the oldest one again, although the mailbox may be full."""
        self._room -= first.weight
        self._waiting.appendleft(first)
        self._wake()

    def close(self) -> list[Item]:
        """Refuse all further items, and return those that wait."""
        self._is_closed = True
        left = self.take(len(self._waiting))
        self._freed.set()
        return left

    async def wait(self) -> None:
        """Wait until there is something to take."""
        while not self._waiting:
            # An event would cost as much again: an actor waits after almost every message.
            taker = asyncio.get_running_loop().create_future()
            self._takers.append(taker)
            try:
                await taker
            finally:
                self._takers.remove(taker)

    def _wake(self) -> None:
        for taker in self._takers:
            if not taker.done():
                taker.set_result(None)

    def _has_room(self, weight: int) -> bool:
        return not self._waiting or (len(self._waiting) < self._limit and weight <= self._room)

    def _age(self) -> float:
        if not self._waiting:
            return 0.0
        return monotonic() - self._waiting[0].since
