"""A projection: stores the events of one type for an aggregate."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from chassis.application.event import Event
from chassis.application.ports.work import Transaction

# Work for after the commit that may be lost, such as filling a cache.
type After = Callable[[], Awaitable[None]]


class Projection[Item](Protocol):
    """Decodes events and stores their data; the machinery does the rest.

    Retries, dead letters, deduplication, the journal and the streams need no code here.
    """

    def decode(self, event: Event) -> Item:
        """Return the event's data; its `time` is the one in its id.

        Raises `Invalid` or `MsgspecError`, which make the event a dead letter. Decode all of its
        data here, because it is streamed unchanged.
        """
        ...

    def tag(self, item: Item) -> str | None:
        """Return the word that subscribers can filter by, apart from type and subject, if any."""
        ...

    async def store(self, transaction: Transaction, items: Sequence[Item]) -> After | None:
        """Store the data of new events, and return the work to do after the commit.

        An event is new once, so this may count. It gets items again if the transaction was rolled
        back: keep nothing outside of the transaction before its commit.

        Raises `Unavailable` if a server is down. Any other error is that of one event, which is
        isolated and retried later.
        """
        ...


type ProjectionFactory = Callable[[], Projection[Any]]
