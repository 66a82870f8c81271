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
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.copies import incoming
from chassis.infrastructure.rabbitmq.declaring import count
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.sender import Sender

type Describe = Callable[[AbstractIncomingMessage], DeadLetterMessage]
type Route = Callable[[AbstractIncomingMessage], Outgoing]

UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)
# A second in all; it takes some milliseconds, unless another consumer holds them.
POLLS = 100
PAUSE = 0.01


class RabbitDeadLetterQueue:
    """Walks one queue; `describe` describes a message, and `route` is its path in a replay."""

    def __init__(
        self,
        connection: RabbitConnection,
        sender: Sender,
        queue: str,
        describe: Describe,
        route: Route,
    ) -> None:
        self._connection = connection
        self._sender = sender
        self._queue = queue
        self._describe = describe
        self._route = route

    async def walk(self) -> AsyncGenerator["RabbitDeadLetter"]:
        """Yield the present messages, oldest first; at the end the remaining ones are requeued.

        Messages are taken one by one: they need not fit in memory together. Raises `Unavailable`.
        """
        # Bounded, because a replayed message may come back to the end of this same queue.
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
            # If this fails the connection is lost, which requeues them too.
            with suppress(Unavailable):
                await self._connection.close_channel(channel)
                await self._are_back(left)

    async def count(self) -> int:
        """Return how many wait, 0 without such a queue; raises `Unavailable`."""
        return await count(self._connection, self._queue)

    def describe(self, message: AbstractIncomingMessage) -> DeadLetterMessage:
        """Return the message's description."""
        return self._describe(message)

    async def send(self, message: AbstractIncomingMessage) -> None:
        """Publish it again and wait for the confirm; raises `Unavailable`."""
        outgoing = self._route(message)
        if await self._sender.send([outgoing]) != [True]:
            where = outgoing.exchange or outgoing.routing_key
            reason = self._sender.refusal(outgoing) or "its queue is full or gone"
            raise NotTaken(f"RabbitMQ took no message for {where}: {reason}")

    async def drop(self, message: AbstractIncomingMessage) -> None:
        """Ack it, which removes it from the queue; raises `Unavailable`."""
        async with self._connection.watch():
            await message.ack()

    async def _are_back(self, left: int) -> None:
        """Wait until a quorum queue has requeued a channel's messages, which takes a moment."""
        for _ in range(POLLS):
            if await self.count() >= left:
                return
            await asyncio.sleep(PAUSE)


class RabbitDeadLetter:
    """One unacked message of a `RabbitDeadLetterQueue`, until `walk`, the channel, is closed."""

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
        """Publish it again; raises `NotTaken` or `Unavailable`: it may then still be here."""
        if not self._is_settled():
            await self._messages.send(self._taken)
            await self._messages.drop(self._taken)

    async def discard(self) -> None:
        """Delete it permanently; raises `Unavailable`, and it may then still be here."""
        if not self._is_settled():
            await self._messages.drop(self._taken)

    def _is_settled(self) -> bool:
        if self._walk.is_closed and not self._taken.processed:
            raise Unavailable("the message was requeued at the end of its walk: begin another")
        return self._taken.processed


def identify(message: AbstractIncomingMessage) -> str:
    """Return the message's own id, or else a hash of its key and body."""
    if message.message_id:
        return message.message_id
    key = (message.routing_key or "").encode(errors="surrogateescape")
    return sha256(key + b"\0" + message.body).hexdigest()[:32]
