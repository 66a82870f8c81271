"""Port: the messages that no queue took."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from chassis.application.ports.dead_letter_queue import DeadLetterQueue
from chassis.application.ports.outbox import Envelope


class Rerouted(Struct, frozen=True):
    """A batch of messages that were published again.

    At least `routed` of the `tried` have reached a queue. `unwanted` counts messages that no queue
    takes, by the binding that would take them; it may leave some out.
    """

    tried: int
    routed: int
    unwanted: Mapping[str, int]


class Unrouted(DeadLetterQueue, Protocol):
    """A replay publishes again; a message that no queue takes now returns to the end."""

    def route(self, limit: int) -> AsyncGenerator[Rerouted]:
        """Publish the present messages again, each once, oldest first.

        Yields after each batch of at most `limit`; the caller closes it (`aclosing`). It ends early
        if there is no sign that a queue takes anything. A message is removed only once another copy
        is kept, so one may come twice. Several may do this at the same time. Raises `Unavailable`.
        """
        ...


class StoredUnrouted(DeadLetterQueue, Protocol):
    """The messages of a broker that keeps none by itself."""

    async def keep(self, envelopes: Sequence[Envelope]) -> None:
        """Store all or none of them; raises `Unavailable`."""
        ...
