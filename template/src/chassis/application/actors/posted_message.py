"""A message in a mailbox, and where its answer goes."""

import asyncio
from typing import Any

from msgspec import Struct

from chassis.application.message import Message


class PostedMessage(Struct, frozen=True):
    """A message in a mailbox; without an `answer`, nothing waits for what its handler returns."""

    message: Message[Any]
    answer: asyncio.Future[Any] | None = None

    def refuse(self, error: Exception) -> None:
        """Pass an error to the asker, if it still waits."""
        if self.answer is not None and not self.answer.done():
            self.answer.set_exception(error)
