"""A mailbox: the queue of an actor, bounded in number and in weight."""

import asyncio
from collections import deque
from math import inf

from msgspec import Struct

from chassis.application.errors import Busy
from chassis.application.ports.metrics import Gauge, Metrics

RETRY_AFTER = 1

DEPTH = Gauge("mailbox_depth", "Items that wait in an actor's mailbox.", ("actor",))
AGE = Gauge("mailbox_age_seconds", "How long the oldest item has waited.", ("actor",))


class _Waiting[Item](Struct, frozen=True):
    since: float
    weight: int
    item: Item


class Mailbox[Item]:
    """Keeps items in the order of arrival: at most `limit` items and `weight` bytes."""

    def __init__(self, actor: str, metrics: Metrics, *, limit: int, weight: int) -> None:
        self._actor = actor
        self._limit = limit
        self._room = weight
        self._waiting: deque[_Waiting[Item]] = deque()
        self._arrived = asyncio.Event()
        metrics.watch(DEPTH, lambda: len(self._waiting), actor)
        metrics.watch(AGE, self._age, actor)

    def post(self, item: Item, weight: int = 0) -> None:
        """Put an item in; `weight` is about how many bytes of memory it takes.

        Raises `Busy` if there is no room. An empty mailbox takes one item of any weight.
        """
        if self._waiting and (len(self._waiting) >= self._limit or weight > self._room):
            raise Busy(f"too many requests wait for the {self._actor}: try again", RETRY_AFTER)
        self._room -= weight
        self._waiting.append(_Waiting(asyncio.get_running_loop().time(), weight, item))
        self._arrived.set()

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
        return taken

    async def wait(self) -> None:
        """Wait until there is something to take."""
        while not self._waiting:
            self._arrived.clear()
            await self._arrived.wait()

    def _age(self) -> float:
        if not self._waiting:
            return 0.0
        return asyncio.get_running_loop().time() - self._waiting[0].since
