"""Taking many messages from a queue at once, in bounded memory.

`basic.get` costs a quorum queue a write of its log for each message: some milliseconds. A consumer
gets all that its prefetch allows with one.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aio_pika.abc import AbstractChannel
from aiormq.abc import AbstractChannel as ProtocolChannel
from aiormq.abc import DeliveredMessage

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.upstream.deliveries import Deliveries

# Bytes of bodies in memory, unless one message is larger. More is not read from the socket, so no
# other call may wait for an answer on this connection.
BUFFERED_BYTES = 8 * 2**20
# Seconds without a message, after which no more is expected.
SILENCE = 2.0


class Taking:
    """A fixed number of messages from a queue's head, unacked until `ack` or `close`."""

    def __init__(
        self, connection: RabbitConnection, channel: AbstractChannel, protocol: ProtocolChannel
    ) -> None:
        self._connection = connection
        self._channel = channel
        self._protocol = protocol
        self._came: list[DeliveredMessage] = []
        self._bytes = 0
        self._is_over = False
        self._consumer = ""
        self._changed = asyncio.Event()
        self._has_room = asyncio.Event()
        self._has_room.set()
        Deliveries.stand_in(protocol, self._take, self._has_room)
        protocol.closing.add_done_callback(lambda _: self._changed.set())

    @classmethod
    async def begin(cls, connection: RabbitConnection, queue: str, count: int) -> "Taking":
        """Begin to take `count` messages; `connection` is for this alone. Raises `Unavailable`."""
        channel = await connection.open_channel()
        try:
            async with connection.watch():
                await channel.set_qos(count)
                taking = cls(connection, channel, await channel.get_underlay_channel())
                await taking._consume(queue)
                return taking
        except BaseException:
            connection.abandon_channel(channel)
            raise

    async def next(self) -> list[DeliveredMessage]:
        """Return the messages that have come since, oldest first; none if no more will come.

        Raises `Unavailable` if the channel is lost, and with it the unacked messages.
        """
        while not self._came:
            self._changed.clear()
            self._raise_if_lost()
            try:
                async with asyncio.timeout(SILENCE):
                    await self._changed.wait()
            except TimeoutError:
                break
        came, self._came, self._bytes = self._came, [], 0
        self._has_room.set()
        return came

    async def end(self) -> None:
        """Stop to consume; raises `Unavailable`."""
        self._is_over = True
        self._has_room.set()
        async with self._connection.watch():
            await self._protocol.basic_cancel(self._consumer)

    async def ack(self, tags: Sequence[int], is_all: bool) -> None:
        """Ack these; `is_all` if they are all messages up to the last of them.

        Raises `Unavailable`, and they may then still be in the queue.
        """
        self._raise_if_lost()
        async with self._connection.watch():
            for tag in tags[-1:] if is_all else tags:
                await self._protocol.basic_ack(tag, multiple=is_all, wait=tag == tags[-1])

    async def close(self) -> None:
        """Requeue the unacked messages; if this fails, the lost connection does so."""
        self._is_over = True
        self._has_room.set()
        with suppress(Unavailable):
            await self._connection.close_channel(self._channel)

    async def _consume(self, queue: str) -> None:
        consuming = await self._protocol.basic_consume(queue, _taken_before)
        self._consumer = consuming.consumer_tag or ""

    def _raise_if_lost(self) -> None:
        if self._protocol.is_closed:
            closing = self._protocol.closing
            error = closing.exception() if closing.done() and not closing.cancelled() else None
            raise Unavailable(self._connection.describe_error(error or asyncio.CancelledError()))

    def _take(self, message: DeliveredMessage) -> None:
        if self._is_over:
            # The channel's end requeues it.
            return
        self._came.append(message)
        self._bytes += len(message.body)
        if self._bytes >= BUFFERED_BYTES:
            self._has_room.clear()
        self._changed.set()


async def _taken_before(_: DeliveredMessage) -> None:
    """Do nothing: the client needs a callback, and `Deliveries` leaves it no message."""
