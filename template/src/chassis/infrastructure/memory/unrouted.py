"""The unrouted messages of the memory broker, stored in the database."""

from collections import Counter
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from uuid import UUID

from chassis.application.bindings import binding_for
from chassis.application.ports.dead_letter_queue import DeadLetter
from chassis.application.ports.outbox import Envelope
from chassis.application.ports.unrouted import Rerouted, StoredUnrouted
from chassis.infrastructure.memory.routes import Routes


class MemoryUnrouted:
    """At most `limit` messages, which are stored.

    The bindings of a process do not change. One round therefore finds all messages that its queues
    take, such as those that an older version of the service left.
    """

    def __init__(self, stored: StoredUnrouted, routes: Sequence[Routes], limit: int) -> None:
        self._stored = stored
        self._routes = routes
        self._limit = limit
        self._has_routed = False
        self._unwanted: Counter[str] = Counter()

    async def keep(self, envelopes: Sequence[Envelope]) -> set[UUID]:
        """Store as many as there is room for, and return the ids; raises `Unavailable`."""
        room = max(0, self._limit - await self.count())
        stored = envelopes[:room]
        await self._stored.keep(stored)
        self._unwanted.update(binding_for(each.routing_key) for each in stored)
        return {each.id for each in stored}

    def walk(self) -> AsyncGenerator[DeadLetter]:
        """Yield the present messages, oldest first; raises `Unavailable`."""
        return self._stored.walk()

    async def count(self) -> int:
        """Return how many there are; raises `Unavailable`."""
        return await self._stored.count()

    async def route(self, limit: int) -> AsyncGenerator[Rerouted]:
        """Replay the messages that the queue takes; after the first round only count the others."""
        if self._has_routed:
            yield Rerouted(0, 0, dict(self._unwanted))
            return
        tried = routed = 0
        self._unwanted.clear()
        async with aclosing(self.walk()) as walk:
            async for dead_letter in walk:
                key = dead_letter.message.routing_key
                tried += 1
                body = dead_letter.message.body
                if any(routes.take(key, body) for routes in self._routes):
                    await dead_letter.replay()
                    routed += 1
                else:
                    self._unwanted[binding_for(key)] += 1
                if tried == limit:
                    yield Rerouted(tried, routed, dict(self._unwanted))
                    tried = routed = 0
        self._has_routed = True
        yield Rerouted(tried, routed, dict(self._unwanted))
