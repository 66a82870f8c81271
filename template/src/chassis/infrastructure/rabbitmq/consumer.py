"""One channel that consumes a queue, for as long as it lives."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import islice
from typing import Protocol

from aio_pika.abc import AbstractChannel
from aiormq.abc import AbstractChannel as ProtocolChannel
from aiormq.abc import DeliveredMessage
from pamqp.common import FieldTable

from chassis.application.errors import Unavailable
from chassis.application.ports.subscription import RECEIVED_BYTES
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.upstream.deliveries import Deliveries

type Tagged = tuple[int, DeliveredMessage]

# Bytes of bodies that may be buffered. RabbitMQ has no prefetch in bytes, so more is not read from
# the socket.
BUFFERED_BYTES = RECEIVED_BYTES


class _Settle(Protocol):
    """`basic_ack` or `basic_nack` of a channel."""

    def __call__(self, delivery_tag: int, *, multiple: bool, wait: bool) -> Awaitable[None]: ...


class RabbitConsumer:
    """Buffers the broker's deliveries: at most `prefetch` messages, and `BUFFERED_BYTES`.

    With a full buffer nothing is read from the connection, so no other answer may use it.

    After the end of the channel, `next` raises `Unavailable`, and everything that is not settled is
    redelivered through another one. The broker counts deliveries from zero on each channel. Tags
    are that count after `base`, so that those of two consumers differ.
    """

    def __init__(
        self,
        connection: RabbitConnection,
        channel: AbstractChannel,
        protocol: ProtocolChannel,
        base: int,
    ) -> None:
        self.last = base
        self._base = base
        self._connection = connection
        self._channel = channel
        self._protocol = protocol
        self._starting = asyncio.Lock()
        # The broker's names for it, one for each queue.
        self._names: list[str] = []
        # Why the broker delivers no more, although the channel itself may be open.
        self._cancelled = ""
        # The buffered deliveries, and the returned ones that are not settled. Both in the order of
        # tags.
        self._buffer: deque[Tagged] = deque()
        self._buffered = 0
        self._unsettled: dict[int, DeliveredMessage] = {}
        self._is_pausing = False
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        Deliveries.stand_in(protocol, self._take, self._has_room)
        # aio-pika does not report a consumer that the broker has cancelled; the layer under it
        # does.
        protocol.on_consumer_cancel_callbacks.add(self._on_cancel)
        protocol.closing.add_done_callback(lambda _: self._wake())

    @classmethod
    async def open(
        cls, connection: RabbitConnection, prefetch: int, base: int = 0
    ) -> "RabbitConsumer":
        """Open a channel; raises `Unavailable`."""
        channel = await connection.open_channel()
        async with connection.watch():
            await channel.set_qos(prefetch)
            return cls(connection, channel, await channel.get_underlay_channel(), base)

    @property
    def is_alive(self) -> bool:
        """Whether messages may still come, and be settled."""
        return not (self._cancelled or self._protocol.is_closed)

    async def start(self, queues: Mapping[str, int]) -> None:
        """Begin to consume the queues, each with its priority; raises `Unavailable`.

        Does nothing if it consumes them already.
        """
        if self._names:
            return
        async with self._starting, self._asking():
            if self._names:
                return
            for queue, priority in queues.items():
                arguments: FieldTable = {"x-priority": priority} if priority else {}
                consuming = await self._protocol.basic_consume(
                    queue, _taken_before, arguments=arguments
                )
                self._names.append(consuming.consumer_tag or "")

    async def next(self, limit: int, size: int) -> list[Tagged]:
        """Wait for a message, and return it with the other buffered ones, with tags.

        At most `limit`, and `size` bytes of bodies unless one is larger. Raises `Unavailable`.
        """
        while self.is_alive and not self._buffer:
            self._changed.clear()
            await self._changed.wait()
        if not self.is_alive:
            raise Unavailable(f"the consumer has ended: {self._end()}")
        return self.take(limit, size)

    def take(self, limit: int, size: int) -> list[Tagged]:
        """Return buffered messages with their tags, within these bounds, and do not wait."""
        found: list[Tagged] = []
        while self._buffer and len(found) < limit:
            size -= len(self._buffer[0][1].body)
            if found and size < 0:
                break
            found.append(self._buffer.popleft())
            self._buffered -= len(found[-1][1].body)
        if self._buffered < BUFFERED_BYTES:
            self._has_room.set()
        self._unsettled.update(found)
        if found:
            self.last = max(self.last, found[-1][0])
        return found

    def find(self, tag: int) -> DeliveredMessage | None:
        """Return the message of that tag, unless it is settled or lost."""
        return self._unsettled.get(tag) if self.is_alive else None

    def holds(self, tags: Iterable[int]) -> bool:
        """Return whether none of these is settled or lost."""
        return self.is_alive and self._unsettled.keys() >= set(tags)

    async def ack(self, tags: Sequence[int]) -> None:
        """Settle these; raises `Unavailable`, and then they may come again."""
        await self._settle(tags, self._protocol.basic_ack)

    async def pause(self, tags: Sequence[int]) -> None:
        """Requeue these and all buffered ones, and consume no more until `start`.

        Raises `Unavailable`: then the end of the channel requeues everything.
        """
        self._begin_pause()
        await self.end()
        buffered = list(self._buffer)
        self._buffer.clear()
        self._unsettled.update(buffered)
        try:
            await self._settle([*tags, *(tag for tag, _ in buffered)], self._protocol.basic_nack)
        finally:
            left = [tagged for tagged in buffered if tagged[0] in self._unsettled]
            self._buffer.extendleft(reversed(left))
            self._buffered = sum(len(message.body) for _, message in self._buffer)
            self._is_pausing = False

    async def end(self) -> None:
        """Consume no more until `start`; what is buffered stays. Raises `Unavailable`."""
        async with self._asking():
            while self._names:
                await self._protocol.basic_cancel(self._names[-1])
                self._names.pop()

    async def close(self) -> None:
        """Close the channel, which requeues all that is not settled; raises `Unavailable`."""
        self._begin_pause()
        await self._connection.close_channel(self._channel)

    def _begin_pause(self) -> None:
        self._is_pausing = True
        if not self._has_room.is_set():
            self._cut()

    def _cut(self) -> None:
        """Cut the connection: the answer would come after all messages on their way."""
        self._cancel("too many messages were in flight when it had to requeue all")
        self._connection.cut()

    @asynccontextmanager
    async def _asking(self) -> AsyncIterator[None]:
        """Begin or stop to consume; raises `Unavailable`.

        After an interruption the broker's state is unknown: the consumer has then ended.
        """
        async with self._connection.watch():
            try:
                yield
            except BaseException:
                self._cancel("it was interrupted while it began or stopped to consume")
                raise

    async def _settle(self, tags: Sequence[int], settle: _Settle) -> None:
        tags = sorted(tags)
        # One frame for all, if no unsettled message lies between them.
        is_all = list(islice(self._unsettled, len(tags))) == tags
        async with self._connection.watch():
            for tag in tags[-1:] if is_all else tags:
                # The frames are written in order: a wait for the last is a wait for all.
                await settle(tag - self._base, multiple=is_all, wait=tag == tags[-1])
                for settled in tags if is_all else [tag]:
                    del self._unsettled[settled]

    def _end(self) -> str:
        closing = self._protocol.closing
        if not closing.done():
            return self._cancelled
        error = None if closing.cancelled() else closing.exception()
        return self._connection.describe_error(error or asyncio.CancelledError())

    def _take(self, message: DeliveredMessage) -> None:
        tag = self._base + (message.delivery_tag or 0)
        self._buffer.append((tag, message))
        self._buffered += len(message.body)
        if self._buffered >= BUFFERED_BYTES:
            if self._is_pausing or not self.is_alive:
                self._cut()
            else:
                self._has_room.clear()
        self._changed.set()

    def _on_cancel(self, _: object) -> None:
        self._cancel("RabbitMQ cancelled it, as it does when the queue is deleted")

    def _cancel(self, why: str) -> None:
        self._cancelled = why
        self._wake()

    def _wake(self) -> None:
        """Wake the waiting caller, and let the reader continue to the end of the channel."""
        self._changed.set()
        self._has_room.set()


async def _taken_before(_: DeliveredMessage) -> None:
    """Do nothing: the client needs a callback, and `Deliveries` leaves it no message."""
