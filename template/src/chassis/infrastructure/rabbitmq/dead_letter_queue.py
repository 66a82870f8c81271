"""A queue of dead letters."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from pamqp.commands import Basic

from chassis.application.errors import Unavailable
from chassis.application.ports.dead_letter_queue import DeadLetterMessage, NotTaken
from chassis.infrastructure.rabbitmq.connection import Connection
from chassis.infrastructure.rabbitmq.copies import incoming
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.sender import Sender
from chassis.infrastructure.rabbitmq.topology import count

type Describe = Callable[[AbstractIncomingMessage], DeadLetterMessage]
type Route = Callable[[AbstractIncomingMessage], Outgoing]

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
# A second in all; it takes some milliseconds, unless another has them in hand.
LOOKS = 100
PAUSE = 0.01


class RabbitDeadLetterQueue:
    """Walks one queue; `describe` tells what a message is, and `route` where a replay sends it."""

    def __init__(
        self, connection: Connection, sender: Sender, queue: str, describe: Describe, route: Route
    ) -> None:
        self._connection = connection
        self._sender = sender
        self._queue = queue
        self._describe = describe
        self._route = route

    async def walk(self) -> AsyncGenerator["RabbitDeadLetter"]:
        """Yield what is there now, oldest first; at the end those that were left go back.

        Messages are taken one by one: they need not fit in memory together. Raises `Unavailable`.
        """
        # Only so many: what is replayed may come back to the end of this same queue.
        here = await self.count()
        if not here:
            return
        left = 0
        channel = await self._connection.open_channel()
        try:
            protocol = await channel.get_underlay_channel()
            for _ in range(here):
                async with self._connection.watch():
                    delivered = await protocol.basic_get(self._queue)
                if isinstance(delivered.delivery, Basic.GetEmpty):
                    return
                message = incoming(delivered)
                try:
                    yield RabbitDeadLetter(self, channel, message)
                finally:
                    left += not message.processed
        finally:
            # Where this fails the connection is lost, which gives them back too.
            with suppress(Unavailable):
                await self._connection.close_channel(channel)
                await self._are_back(left)

    async def count(self) -> int:
        """Return how many wait, 0 where there is no such queue; raises `Unavailable`."""
        return await count(self._connection, self._queue)

    def describe(self, message: AbstractIncomingMessage) -> DeadLetterMessage:
        """Return what the message is."""
        return self._describe(message)

    async def send(self, message: AbstractIncomingMessage) -> None:
        """Publish it again; returns once that is confirmed, raises `Unavailable`."""
        outgoing = self._route(message)
        if await self._sender.send([outgoing]) != [True]:
            where = outgoing.exchange or outgoing.routing_key
            reason = self._sender.refusal(outgoing) or "its queue is full or gone"
            raise NotTaken(f"RabbitMQ took no message for {where}: {reason}")

    async def drop(self, message: AbstractIncomingMessage) -> None:
        """Take it out of the queue; raises `Unavailable`."""
        async with self._connection.watch():
            await message.ack()

    async def _are_back(self, left: int) -> None:
        """Wait for a quorum queue to take back what a channel held: it does so a little later."""
        for _ in range(LOOKS):
            if await self.count() >= left:
                return
            await asyncio.sleep(PAUSE)


class RabbitDeadLetter:
    """One message of a `RabbitDeadLetterQueue`, in hand until `walk`, the channel, is closed."""

    def __init__(
        self, queue: RabbitDeadLetterQueue, walk: AbstractChannel, taken: AbstractIncomingMessage
    ) -> None:
        self._messages = queue
        self._walk = walk
        self._taken = taken

    @property
    def message(self) -> DeadLetterMessage:
        """The message."""
        return self._messages.describe(self._taken)

    async def replay(self) -> None:
        """Publish it again; raises `NotTaken` or `Unavailable`: then it may be here still."""
        if not self._is_settled():
            await self._messages.send(self._taken)
            await self._messages.drop(self._taken)

    async def discard(self) -> None:
        """Drop it for good; raises `Unavailable`, and then it may be here still."""
        if not self._is_settled():
            await self._messages.drop(self._taken)

    def _is_settled(self) -> bool:
        if self._walk.is_closed and not self._taken.processed:
            raise Unavailable("the message has gone back, as its walk is over: begin another")
        return self._taken.processed


def identify(message: AbstractIncomingMessage) -> str:
    """Return the message's own id, or else one made from what it is."""
    if message.message_id:
        return message.message_id
    key = (message.routing_key or "").encode(errors="surrogateescape")
    return sha256(key + b"\0" + message.body).hexdigest()[:32]
