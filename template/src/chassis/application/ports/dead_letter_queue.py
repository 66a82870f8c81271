"""Port: a queue of dead letters, until an operator replays or discards them."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from chassis.application.errors import ApplicationError
from chassis.application.failures import NONE, Failures


class DeadLetterMessage(Struct, frozen=True):
    """A message as received, and why it was rejected; `id` is its name in the queue.

    `failures` says how often it was tried, and `routing_key` how it was published, if that is
    known.
    """

    id: str
    body: bytes
    reason: str
    dead_lettered_at: datetime
    failures: Failures = NONE
    routing_key: str = ""


class NotTaken(ApplicationError):
    """The broker answers, but does not take this one message now: it stays dead-lettered."""


class DeadLetter(Protocol):
    """One dead letter; it stays stored unless it is replayed or discarded."""

    @property
    def message(self) -> DeadLetterMessage:
        """The message."""
        ...

    async def replay(self) -> None:
        """Send it again; it is removed here only after that is confirmed.

        Raises `NotTaken` or `Unavailable`; then it may still be stored here.
        """
        ...

    async def discard(self) -> None:
        """Drop it permanently."""
        ...


class DeadLetterQueue(Protocol):
    """Keeps messages in the order of arrival."""

    def walk(self) -> AsyncGenerator[DeadLetter]:
        """Yield the present messages, oldest first; the caller closes it (`aclosing`).

        A second walk at the same time may miss messages that the first one holds. Raises
        `Unavailable`.
        """
        ...

    async def count(self) -> int:
        """Return how many there are; raises `Unavailable`."""
        ...
