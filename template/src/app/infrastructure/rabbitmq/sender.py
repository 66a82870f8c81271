"""Publishing with confirms: what goes out is either known to be kept, or known to be doubtful."""

import asyncio
import logging
from collections.abc import Sequence

from aio_pika import Message
from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelPreconditionFailed, DeliveryError
from aiormq.abc import AbstractChannel as ProtocolChannel
from msgspec import Struct

from app.application.errors import Unavailable
from app.infrastructure.rabbitmq.connection import BLOCKED, Connection
from app.infrastructure.rabbitmq.topology import Row, declare

# Seconds: for all confirms of a batch, and between looks at whether the server has an alarm.
log = logging.getLogger(__name__)

PATIENCE = 10.0
LOOK = 0.1


class Outgoing(Struct, frozen=True):
    """A message and where it goes."""

    exchange: str
    routing_key: str
    message: Message


class Sender:
    """Publishes on a channel of its own, and declares `rows` before its first message.

    One sender must not have two messages of one id under way: the client finds the confirm of a
    returned message by its id, and would take the one for the other.
    """

    def __init__(self, connection: Connection, rows: list[Row]) -> None:
        self._connection = connection
        self._rows = rows
        self._lock = asyncio.Lock()
        self._channel: AbstractChannel | None = None
        self._is_declared = False

    async def send(self, outgoing: Sequence[Outgoing]) -> list[bool]:
        """Publish all, and return for each whether the broker keeps it now.

        One that it refuses or that no queue takes is not kept; neither is one whose confirm was
        lost, though it may have arrived. Raises `Unavailable` where none is known to be kept
        because the broker does not answer, or takes no messages.
        """
        channel = await self._opened()
        publishing = [asyncio.ensure_future(_publish(channel, each)) for each in outgoing]
        try:
            problem = await self._wait(publishing)
        finally:
            for each in publishing:
                each.cancel()
            outcomes = await asyncio.gather(*publishing, return_exceptions=True)
        kept = [outcome is True for outcome in outcomes]
        # One that is not kept may have found its exchange or queue gone.
        self._is_declared = all(kept)
        lost = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
        for error in lost:
            if isinstance(error, ChannelPreconditionFailed):
                return await self._one_by_one(outgoing, kept, error)
        if lost and not any(kept):
            raise Unavailable(problem or self._connection.explain(lost[0]))
        return kept

    async def _one_by_one(
        self, outgoing: Sequence[Outgoing], kept: Sequence[bool], error: Exception
    ) -> list[bool]:
        """Find the message for which the broker closes the channel, say for its size.

        Else none that comes behind it in a batch would ever go out.
        """
        if len(outgoing) > 1:
            # What was under way on the closed channel would be an error of the connection.
            await self._connection.close()
            pairs = zip(outgoing, kept, strict=True)
            return [is_kept or (await self.send([each]))[0] for each, is_kept in pairs]
        identity = outgoing[0].message.message_id
        log.warning("RabbitMQ refuses a message", extra={"id": identity, "reason": str(error)})
        return [False]

    async def _wait(self, publishing: Sequence[asyncio.Future[bool]]) -> str | None:
        """Wait for the confirms; return what stopped them, if anything did."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        pending = set(publishing)
        while pending:
            _, pending = await asyncio.wait(pending, timeout=LOOK)
            if pending and await self._connection.is_blocked():
                # Cut, the connection would bring these again before the next try does.
                return BLOCKED
            if pending and asyncio.get_running_loop().time() > deadline:
                self._connection.cut()
                return self._connection.explain(TimeoutError())
        return None

    async def _opened(self) -> ProtocolChannel:
        async with self._lock:
            if await self._connection.is_blocked():
                raise Unavailable(BLOCKED)
            if not self._is_declared:
                await declare(self._connection, self._rows)
                self._is_declared = True
            if self._channel is None or self._channel.is_closed:
                self._channel = await self._connection.open_channel()
            return await self._channel.get_underlay_channel()


async def _publish(channel: ProtocolChannel, outgoing: Outgoing) -> bool:
    # The client's own channel: a third faster than aio-pika's exchange around it.
    try:
        await channel.basic_publish(
            outgoing.message.body,
            exchange=outgoing.exchange,
            routing_key=outgoing.routing_key,
            properties=outgoing.message.properties,
            mandatory=True,
        )
    except DeliveryError:
        return False
    return True
