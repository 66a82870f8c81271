"""A budget of memory: what is large is held by few at a time."""

import asyncio
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Budget:
    """Has `size` bytes, of which shares are taken; callers wait for theirs in their order."""

    def __init__(self, size: int) -> None:
        self.room = size
        self._size = size
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()

    async def take(self, size: int) -> "Share":
        """Wait for a share of `size` bytes; one that is larger than all there is gets all."""
        size = min(size, self._size)
        if not self._waiting and size <= self.room:
            self.room -= size
            return Share(self, size)
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((size, turn))
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.give_back(size)
            else:
                # Whoever waits behind it may need less.
                self.give_back(0)
            raise
        return Share(self, size)

    def give_back(self, size: int) -> None:
        """Have `size` bytes for others."""
        self.room += size
        while self._waiting:
            wanted, turn = self._waiting[0]
            if turn.cancelled():
                self._waiting.popleft()
            elif wanted <= self.room:
                self._waiting.popleft()
                self.room -= wanted
                turn.set_result(None)
            else:
                return


class Share:
    """A part of a budget; it is given back by `release`, or where its holder is dropped."""

    __slots__ = ("_budget", "_size")

    def __init__(self, budget: Budget, size: int) -> None:
        self._budget = budget
        self._size = size

    def shrink(self, size: int) -> None:
        """Keep `size` bytes of it, where it has more."""
        more = max(0, self._size - size)
        if more:
            self._size -= more
            self._budget.give_back(more)

    def release(self) -> None:
        """Give it back; a second call changes nothing."""
        self.shrink(0)

    def __del__(self) -> None:
        self.release()


_kept: ContextVar[list[Share] | None] = ContextVar("kept", default=None)


@contextmanager
def until_sent() -> Iterator[None]:
    """Have what is answered inside the block keep its share until the end of the block.

    A transport puts it around the use case and the sending: a client that reads nothing holds the
    answer in memory for as long.
    """
    shares: list[Share] = []
    token = _kept.set(shares)
    try:
        yield
    finally:
        _kept.reset(token)
        release(shares)


def keep_in(shares: list[Share]) -> None:
    """Have what the current task is answered keep its share in `shares`, which the caller drops."""
    _kept.set(shares)


def release(shares: list[Share]) -> None:
    """Give these back."""
    while shares:
        shares.pop().release()


def answered(share: Share, size: int) -> None:
    """Keep `size` bytes of a share until the answer is sent; no more where no one tells of that."""
    shares = _kept.get()
    if shares is None:
        share.release()
    else:
        share.shrink(size)
        shares.append(share)
