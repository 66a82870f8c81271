"""An operator's choice among dead letters, and a walk over the chosen ones."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec import Struct

from chassis.application.ports.dead_letter_queue import (
    DeadLetter,
    DeadLetterMessage,
    DeadLetterQueue,
)


class Choice(Struct, frozen=True):
    """The messages with these ids, or all whose reason starts so; "" matches all."""

    ids: frozenset[str] = frozenset()
    reason: str = ""

    def __contains__(self, message: DeadLetterMessage) -> bool:
        """Return whether the message is chosen."""
        return message.id in self.ids if self.ids else message.reason.startswith(self.reason)


async def chosen(queue: DeadLetterQueue, choice: Choice) -> AsyncGenerator[DeadLetter]:
    """Yield the chosen ones, oldest first. The caller must close it, as it must close a walk."""
    missing = set(choice.ids)
    async with aclosing(queue.walk()) as walk:
        async for dead_letter in walk:
            if dead_letter.message in choice:
                yield dead_letter
                missing.discard(dead_letter.message.id)
                if choice.ids and not missing:
                    return
