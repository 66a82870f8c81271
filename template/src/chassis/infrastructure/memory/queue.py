"""The queue of the memory broker."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import count
from uuid import UUID

from msgspec.structs import replace

from chassis.application.failures import NONE, Failures
from chassis.application.ports.subscription import Delivery, Rejection

# Bytes of bodies that wait for a retry. The outbox has them all.
LATER_BYTES = 16 * 2**20


class MemoryQueue:
    """Keeps messages from their publish until they are settled, which their publisher waits for.

    The publisher does not wait for a message that is retried later. Such a message is kept here,
    and reported as settled when its publisher asks again. Over `LATER_BYTES` only its failures are
    kept: it is retried when its publisher publishes it again.

    With `timeout`, a publisher does not wait longer than so many seconds for any message.
    """

    def __init__(self, timeout: float | None = None) -> None:
        self._timeout = timeout
        self._tags = count(1)
        self._queue: deque[Delivery] = deque()
        self._known: dict[int, UUID] = {}
        self._waiting: dict[int, asyncio.Future[bool]] = {}
        self._retrying: set[UUID] = set()
        self._retried: set[UUID] = set()
        self._later_bytes = 0
        self._failures: dict[UUID, Failures] = {}
        self._arrived = asyncio.Event()

    def put(self, identity: UUID, body: bytes) -> tuple[int, asyncio.Future[bool]]:
        """Queue a message; the future's result is whether it is settled, or must be asked again."""
        tag = next(self._tags)
        settled: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        if identity in self._retrying or identity in self._retried:
            settled.set_result(identity in self._retried)
            self._retried.discard(identity)
            return tag, settled
        self._known[tag] = identity
        self._waiting[tag] = settled
        self.push([Delivery(tag, body, self._failures.pop(identity, NONE))])
        if self._timeout is not None:
            asyncio.get_running_loop().call_later(self._timeout, self._leave, tag)
        return tag, settled

    def push(self, deliveries: Sequence[Delivery]) -> None:
        """Queue deliveries; a withdrawn one is dropped."""
        self._queue.extend(delivery for delivery in deliveries if self.holds(delivery))
        self._arrived.set()

    async def pull(self, limit: int, size: int) -> list[Delivery]:
        """Wait for a delivery and take up to `limit`, and `size` bytes; safe to cancel."""
        while not self._queue:
            self._arrived.clear()
            await self._arrived.wait()
        taken: list[Delivery] = []
        while self._queue and len(taken) < limit:
            size -= len(self._queue[0].body)
            if taken and size < 0:
                break
            taken.append(self._queue.popleft())
        return taken

    def holds(self, delivery: Delivery) -> bool:
        """Return whether it is not yet settled or withdrawn."""
        return delivery.tag in self._known

    def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Confirm the publishes of these deliveries."""
        for delivery in deliveries:
            identity = self._known.pop(delivery.tag, None)
            if identity in self._retrying:
                self._retrying.discard(identity)
                self._retried.add(identity)
            self._resolve(delivery.tag, True)

    def later(self, rejection: Rejection, delay: float) -> None:
        """Queue a delivery again in `delay` seconds."""
        tag, size = rejection.delivery.tag, len(rejection.delivery.body)
        self._resolve(tag, False)
        if self._later_bytes + size > LATER_BYTES:
            identity = self._known.pop(tag)
            self._retrying.discard(identity)
            self._failures[identity] = rejection.failures
            return
        self._retrying.add(self._known[tag])
        self._later_bytes += size
        again = replace(rejection.delivery, failures=rejection.failures)
        asyncio.get_running_loop().call_later(delay, self._again, again)

    def withdraw(self, tags: Sequence[int]) -> None:
        """Remove messages whose publisher has gone; their outbox rows are published again."""
        for tag in tags:
            if self._waiting.pop(tag, None) is not None:
                self._known.pop(tag, None)
        self._queue = deque(delivery for delivery in self._queue if self.holds(delivery))

    def _leave(self, tag: int) -> None:
        """Let the publisher of a message that takes long ask again later."""
        if tag in self._waiting:
            self._retrying.add(self._known[tag])
            self._resolve(tag, False)

    def _again(self, delivery: Delivery) -> None:
        self._later_bytes -= len(delivery.body)
        self.push([delivery])

    def _resolve(self, tag: int, is_settled: bool) -> None:
        waiting = self._waiting.pop(tag, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(is_settled)
