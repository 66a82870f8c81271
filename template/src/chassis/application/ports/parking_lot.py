"""Port: messages that were set aside, until somebody deals with them."""

from collections.abc import AsyncGenerator
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from chassis.application.errors import ApplicationError
from chassis.application.failures import NONE, Failures


class ParkedMessage(Struct, frozen=True):
    """A message as it came, and why it was set aside; `id` is the parking lot's name for it.

    `failures` says how often it was tried, and `routing_key` how it was published, where that is
    known.
    """

    id: str
    body: bytes
    reason: str
    parked_at: datetime
    failures: Failures = NONE
    routing_key: str = ""


class NotTaken(ApplicationError):
    """The broker answers, and does not take this one message again now: it stays parked."""


class Parked(Protocol):
    """One dead letter; it stays stored unless it is replayed or discarded."""

    @property
    def message(self) -> ParkedMessage:
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


class ParkingLot(Protocol):
    """Keeps messages in the order in which they came."""

    def walk(self) -> AsyncGenerator[Parked]:
        """Yield the present messages, oldest first; the caller closes it (`aclosing`).

        A second walk at the same time may miss messages that the first one holds. Raises
        `Unavailable`.
        """
        ...

    async def count(self) -> int:
        """Return how many there are; raises `Unavailable`."""
        ...
