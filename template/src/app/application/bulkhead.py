"""A bulkhead: what reads much leaves room for everything else."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from app.application.budget import Budget, Share, answered, has_kept
from app.application.bus import HandlerFactory
from app.application.errors import Busy
from app.application.message import Handler, Message

# Seconds: as long as anybody waits for a connection to the database.
PATIENCE = 10.0
# Seconds: longer than a client may hold an answer of which it reads nothing, over any transport.
OUTLAST = 25.0
RETRY_AFTER = 1
# Bytes of answers that are read, or wait to be sent: three of the largest pages. One of them is
# there twice while it is encoded.
ANSWERS = 60 * 2**20


class Bulkhead:
    """Gives turns, `at_once` of them; who waits for one holds nothing meanwhile.

    `answers` bounds the bytes of what is answered, from before it is read until it is sent.
    """

    def __init__(
        self,
        at_once: int,
        patience: float = PATIENCE,
        answers: int = ANSWERS,
        outlast: float = OUTLAST,
    ) -> None:
        self.answers = Budget(answers)
        self._turns = asyncio.Semaphore(at_once)
        self._patience = patience
        self._outlast = outlast

    @asynccontextmanager
    async def turn(self, size: int = 0) -> AsyncIterator[Share]:
        """Wait for a turn, and have it for as long as the block; raises `Busy` where none comes.

        Yields a share of `size` bytes for the answer, which is the caller's to give back.
        """
        # What is free is taken without the cost of a timer.
        if self._turns.locked() or not self.answers.is_free(size):
            share = await self._wait(size)
        else:
            await self._turns.acquire()
            share = await self.answers.take(size)
        try:
            yield share
        except BaseException:
            share.release()
            raise
        finally:
            self._turns.release()

    async def _wait(self, size: int) -> Share:
        if has_kept() and not self.answers.is_free(size):
            # Those who wait for each other's shares, such as batches, would do so for good.
            raise Busy("too much is being read beside what you are to be sent first", RETRY_AFTER)
        # First the share: whoever waits for that has no turn yet, which others may use.
        share = await _in_time(self.answers.take(size), self._outlast)
        try:
            await _in_time(self._turns.acquire(), self._patience)
        except BaseException:
            share.release()
            raise
        return share


async def _in_time[T](waited_for: Awaitable[T], patience: float) -> T:
    try:
        async with asyncio.timeout(patience):
            return await waited_for
    except TimeoutError:
        reason = f"too much is being read: its turn did not come in {patience:g} s"
        raise Busy(reason, RETRY_AFTER) from None


class BulkheadHandler:
    """Handles a message once it has a turn."""

    def __init__(self, handler: Handler[Any, Any], bulkhead: Bulkhead) -> None:
        self._handler = handler
        self._bulkhead = bulkhead

    async def __call__(self, message: Message[Any]) -> Any:
        """Return what the handler returns; raises `Busy`, or what the handler does."""
        async with self._bulkhead.turn(message.weight) as share:
            answer = await self._handler(message)
        answered(share, getattr(answer, "weight", 0))
        return answer


def bulkhead_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory], bulkhead: Bulkhead
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers, behind the bulkhead those of messages that read much."""
    return {
        kind: partial(_behind, factory, bulkhead) if kind.reads_much else factory
        for kind, factory in handlers.items()
    }


def _behind(factory: HandlerFactory, bulkhead: Bulkhead) -> BulkheadHandler:
    return BulkheadHandler(factory(), bulkhead)
