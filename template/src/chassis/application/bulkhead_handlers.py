"""Expensive reads leave connections and memory for all other messages."""

import asyncio
from collections.abc import Mapping
from functools import partial
from typing import Any

from chassis.application.budget import Budget, Share, answered, has_shares
from chassis.application.bulkhead import RETRY_AFTER, Bulkhead
from chassis.application.bus import HandlerFactory
from chassis.application.errors import Busy
from chassis.application.message import Handler, Message

# Seconds to wait for a place: as long as for a connection to the database.
TIMEOUT = 10.0
# Seconds to wait for memory: longer than a client may hold an answer that it does not read.
OUTLAST = 25.0
# Bytes of answers that are being read or sent: three of the largest pages. While it is encoded, one
# of them is in memory twice.
ANSWERS = 60 * 2**20


class BulkheadHandler:
    """Handles a message once it has a place, and a share of `answers` for its answer.

    The share is held from before the answer is read until it is sent.
    """

    def __init__(
        self,
        handler: Handler[Any, Any],
        bulkhead: Bulkhead,
        answers: Budget,
        outlast: float = OUTLAST,
    ) -> None:
        self._handler = handler
        self._bulkhead = bulkhead
        self._answers = answers
        self._outlast = outlast

    async def __call__(self, message: Message[Any]) -> Any:
        """Return the handler's result; raises `Busy`, or the handler's errors."""
        # The share comes first: a caller that waits for memory must not hold a place.
        share = await self._share(message.weight)
        try:
            async with self._bulkhead.place():
                answer = await self._handler(message)
        except BaseException:
            share.release()
            raise
        answered(share, getattr(answer, "weight", 0))
        return answer

    async def _share(self, size: int) -> Share:
        if self._answers.is_free(size):
            return await self._answers.take(size)
        if has_shares():
            # Callers that wait for each other's shares, such as batches, would never continue.
            raise Busy("too many large answers: read those that you asked for first", RETRY_AFTER)
        try:
            async with asyncio.timeout(self._outlast):
                return await self._answers.take(size)
        except TimeoutError:
            reason = f"too many large answers: no memory became free within {self._outlast:g} s"
            raise Busy(reason, RETRY_AFTER) from None


def bulkhead_handlers(
    handlers: Mapping[type[Message[Any]], HandlerFactory],
    bulkhead: Bulkhead,
    answers: Budget,
    outlast: float = OUTLAST,
) -> Mapping[type[Message[Any]], HandlerFactory]:
    """Return the handlers; those of expensive messages have the bulkhead."""

    def behind(factory: HandlerFactory) -> BulkheadHandler:
        return BulkheadHandler(factory(), bulkhead, answers, outlast)

    return {
        kind: partial(behind, factory) if kind.is_expensive else factory
        for kind, factory in handlers.items()
    }
