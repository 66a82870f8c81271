"""What an operator does with dead-lettered messages: choose some, and take them one by one."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from msgspec import Struct

from chassis.application.ports.dead_letter_queue import (
    DeadLetter,
    DeadLetterMessage,
    DeadLetterQueue,
)


class Choice(Struct, frozen=True):
    """The messages with these ids; without any, those whose reason starts so: "" is all."""

    ids: frozenset[str] = frozenset()
    reason: str = ""

    def __contains__(self, message: DeadLetterMessage) -> bool:
        """Return whether it is chosen."""
        return message.id in self.ids if self.ids else message.reason.startswith(self.reason)


async def chosen(queue: DeadLetterQueue, choice: Choice) -> AsyncGenerator[DeadLetter]:
    """Yield the chosen ones, oldest first; the caller closes it, as it does a walk."""
    missing = set(choice.ids)
    async with aclosing(queue.walk()) as walk:
        async for dead_letter in walk:
            if dead_letter.message in choice:
                yield dead_letter
                missing.discard(dead_letter.message.id)
                if choice.ids and not missing:
                    return
