"""One channel that consumes a queue, for as long as it lives."""

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import islice

from aio_pika.abc import AbstractChannel
from aiormq.abc import AbstractChannel as ProtocolChannel
from aiormq.abc import DeliveredMessage

from app.application.errors import Unavailable
from app.infrastructure.rabbitmq.connection import Connection


class Consumer:
    """Buffers what the broker hands over, at most `prefetch` messages.

    However the channel ends, `next` raises `Unavailable` from then on, and everything that is not
    settled comes again through another one.
    """

    def __init__(
        self,
        connection: Connection,
        channel: AbstractChannel,
        protocol: ProtocolChannel,
        queue: str,
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._protocol = protocol
        self._queue = queue
        self._tag: str | None = None
        self._cancelled = False
        self._buffer: deque[DeliveredMessage] = deque()
        self._unsettled: dict[int, DeliveredMessage] = {}
        self._changed = asyncio.Event()
        # aio-pika tells nobody when the broker cancels a consumer; the layer under it does.
        protocol.on_consumer_cancel_callbacks.add(self._on_cancel)
        protocol.closing.add_done_callback(lambda _: self._changed.set())

    @classmethod
    async def open(cls, connection: Connection, queue: str, prefetch: int) -> "Consumer":
        """Open a channel for the queue; raises `Unavailable`."""
        channel = await connection.open_channel()
        async with connection.watch():
            await channel.set_qos(prefetch)
            return cls(connection, channel, await channel.get_underlay_channel(), queue)

    @property
    def is_alive(self) -> bool:
        """Whether messages may still come, and be settled."""
        return not (self._cancelled or self._protocol.is_closed)

    async def next(self, limit: int) -> list[DeliveredMessage]:
        """Wait for a message and return it with what else is buffered; raises `Unavailable`."""
        if self._tag is None:
            async with self._connection.watch():
                started = await self._protocol.basic_consume(self._queue, self._on_message)
                self._tag = started.consumer_tag
        while self.is_alive and not self._buffer:
            self._changed.clear()
            await self._changed.wait()
        if not self.is_alive:
            raise Unavailable(f"RabbitMQ ended the consumer of the queue {self._queue}")
        return [self._buffer.popleft() for _ in range(min(limit, len(self._buffer)))]

    def find(self, tag: int) -> DeliveredMessage | None:
        """Return the unsettled message of that tag."""
        return self._unsettled.get(tag) if self.is_alive else None

    async def ack(self, tags: Sequence[int]) -> None:
        """Settle these; raises `Unavailable`, and then they may come again."""
        async with self._connection.watch():
            for tag, multiple in self._settle(tags):
                await self._protocol.basic_ack(tag, multiple=multiple, wait=False)

    async def pause(self, tags: Sequence[int]) -> None:
        """Give these back with all that is buffered, and ask for no more until `next` does."""
        async with self._connection.watch():
            if self._tag is not None:
                await self._protocol.basic_cancel(self._tag)
                self._tag = None
            buffered = [self._buffer.popleft().delivery_tag or 0 for _ in range(len(self._buffer))]
            for tag, multiple in self._settle([*tags, *buffered]):
                await self._protocol.basic_nack(tag, multiple=multiple, wait=False)

    async def close(self) -> None:
        """Close the channel, which gives back all that is not settled."""
        async with self._connection.watch():
            await self._channel.close()

    def _settle(self, tags: Sequence[int]) -> list[tuple[int, bool]]:
        """Return what to say of these: a tag, and whether all before it are meant too."""
        tags = sorted(tags)
        is_prefix = list(islice(self._unsettled, len(tags))) == tags
        for tag in tags:
            del self._unsettled[tag]
        return [(tags[-1], True)] if is_prefix and tags else [(tag, False) for tag in tags]

    async def _on_message(self, message: DeliveredMessage) -> None:
        if message.delivery_tag is not None:
            self._buffer.append(message)
            self._unsettled[message.delivery_tag] = message
            self._changed.set()

    def _on_cancel(self, _: object) -> None:
        self._cancelled = True
        self._changed.set()
