"""A budget of memory: it limits how many callers hold large answers at a time."""

import asyncio
from collections import Counter, deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from chassis.application.context import current_context

type _Turns = deque[tuple[int, asyncio.Future[None]]]


class Budget:
    """Divides `size` bytes into shares; callers wait for theirs in their order.

    One asker holds at most two thirds, and askers with less come first, so that an unread answer
    leaves room for other callers. A share that is taken outside of any request has no such bound.
    """

    def __init__(self, size: int) -> None:
        self.room = size
        self._size = size
        self._held: Counter[str] = Counter()
        self._waiting: dict[str, _Turns] = {}

    def is_free(self, size: int) -> bool:
        """Return whether the current task could take that much without a wait."""
        asker = _asker()
        size = min(size, self._most(asker))
        return not size or (not self._waiting and self._fits(asker, size) and size <= self.room)

    async def take(self, size: int) -> "Share":
        """Wait for a share of `size` bytes; a larger share than one may have is cut to that."""
        asker = _asker()
        size = min(size, self._most(asker))
        if not size:
            return Share(self, 0, asker)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(asker, deque()).append((size, turn))
        self._go_on()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.cancelled():
                # The next one in the queue may need less.
                self._go_on()
            else:
                self.give_back(size, asker)
            raise
        return Share(self, size, asker)

    def give_back(self, size: int, asker: str) -> None:
        """Return `size` bytes of an asker to the budget."""
        self.room += size
        self._held[asker] -= size
        if not self._held[asker]:
            del self._held[asker]
        self._go_on()

    def _go_on(self) -> None:
        while (asker := self._next()) is not None:
            turns = self._waiting.pop(asker)
            size, turn = turns.popleft()
            if turns:
                # Last in the order: the other askers come before its next request.
                self._waiting[asker] = turns
            self.room -= size
            self._held[asker] += size
            turn.set_result(None)

    def _next(self) -> str | None:
        """Return the asker whose turn it is, if its share fits."""
        for asker, turns in list(self._waiting.items()):
            while turns and turns[0][1].cancelled():
                turns.popleft()
            if not turns:
                del self._waiting[asker]
        able = [asker for asker, turns in self._waiting.items() if self._fits(asker, turns[0][0])]
        first = min(able, key=self._held.__getitem__, default=None)
        # An asker that has more and needs less does not overtake it.
        return first if first is None or self._waiting[first][0][0] <= self.room else None

    def _fits(self, asker: str, size: int) -> bool:
        return self._held[asker] + size <= self._most(asker)

    def _most(self, asker: str) -> int:
        return self._size * 2 // 3 if asker else self._size


def _asker() -> str:
    context = current_context()
    return "" if context is None else context.asker


class Share:
    """A part of a budget; `release`, or the end of its last reference, returns it."""

    __slots__ = ("_asker", "_budget", "_size")

    def __init__(self, budget: Budget, size: int, asker: str) -> None:
        self._budget = budget
        self._size = size
        self._asker = asker

    def shrink(self, size: int) -> None:
        """Shrink it to `size` bytes, if it has more."""
        more = max(0, self._size - size)
        if more:
            self._size -= more
            self._budget.give_back(more, self._asker)

    def release(self) -> None:
        """Return it to the budget; a second call changes nothing."""
        self.shrink(0)

    def __del__(self) -> None:
        self.release()


_shares: ContextVar[list[Share] | None] = ContextVar("shares", default=None)


@contextmanager
def until_sent() -> Iterator[None]:
    """Keep the shares of answers in this block until the end of the block.

    A transport opens it around the use case and the sending: a slow client keeps the answer in
    memory until it has read it.
    """
    shares: list[Share] = []
    token = _shares.set(shares)
    try:
        yield
    finally:
        _shares.reset(token)
        release(shares)


def has_shares() -> bool:
    """Return whether the current task holds an answer that is not yet sent."""
    return bool(_shares.get())


def keep_in(shares: list[Share]) -> None:
    """Keep the shares of the current task's answers in `shares`; the caller releases them."""
    _shares.set(shares)


def release(shares: list[Share]) -> None:
    """Return these shares to the budget."""
    while shares:
        shares.pop().release()


def answered(share: Share, size: int) -> None:
    """Keep `size` bytes of a share until the answer is sent, or none outside of `until_sent`."""
    shares = _shares.get()
    if shares is None:
        share.release()
    else:
        share.shrink(size)
        shares.append(share)
