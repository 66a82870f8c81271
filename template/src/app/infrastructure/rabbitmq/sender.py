"""Publishing with confirms: what goes out is either known to be kept, or known to be doubtful."""

import asyncio
import logging
from collections.abc import Sequence
from typing import cast

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelPreconditionFailed
from aiormq import Channel

from app.application.errors import Unavailable
from app.infrastructure.rabbitmq.batch import Batch
from app.infrastructure.rabbitmq.connection import BLOCKED, Connection
from app.infrastructure.rabbitmq.outgoing import Outgoing
from app.infrastructure.rabbitmq.topology import Row, declare

log = logging.getLogger(__name__)

# Seconds: for all confirms of a batch, and between looks at whether the server has an alarm.
PATIENCE = 10.0
LOOK = 0.1


class Sender:
    """Publishes on a channel of its own, and declares `rows` before its first message."""

    def __init__(self, connection: Connection, rows: list[Row]) -> None:
        self._connection = connection
        self._rows = rows
        # Held while the channel is opened, and while a message that it refuses is looked for.
        self._lock = asyncio.Lock()
        self._channel: AbstractChannel | None = None
        self._is_declared = False

    async def send(self, outgoing: Sequence[Outgoing]) -> list[bool]:
        """Publish all, and return for each whether the broker keeps it now.

        One that it refuses or that no queue takes is not kept; neither is one whose confirm was
        lost, though it may have arrived. Raises `Unavailable` where none is known to be kept
        because the broker does not answer, or takes no messages.
        """
        async with self._lock:
            channel = await self._opened()
        kept, refusal = await self._attempt(channel, outgoing)
        if refusal is None:
            return kept
        async with self._lock:
            return await self._apart(outgoing, kept)

    async def _apart(self, outgoing: Sequence[Outgoing], kept: list[bool]) -> list[bool]:
        """Send what is not kept by halves, down to the message that closes the channel.

        The broker does so for one that is too large, say; if that one went out with others each
        time, none of them ever would.
        """
        # What was under way on the closed channel would be an error of the connection.
        await self._connection.close()
        left = [number for number, is_kept in enumerate(kept) if not is_kept]
        middle = (len(left) + 1) // 2
        for half in filter(None, (left[:middle], left[middle:])):
            part = [outgoing[number] for number in half]
            parts_kept, refusal = await self._attempt(await self._opened(), part)
            if refusal is not None and len(part) > 1:
                parts_kept = await self._apart(part, parts_kept)
            elif refusal is not None:
                fields = {"id": part[0].message_id, "reason": str(refusal)}
                log.warning("RabbitMQ refuses a message", extra=fields)
            for number, is_kept in zip(half, parts_kept, strict=True):
                kept[number] = is_kept
        return kept

    async def _attempt(
        self, channel: Channel, outgoing: Sequence[Outgoing]
    ) -> tuple[list[bool], ChannelPreconditionFailed | None]:
        """Publish all; return for each whether it is kept, and what closed the channel."""
        batch = Batch(channel, outgoing)
        try:
            problem = await self._wait(batch)
        finally:
            batch.end()
        kept, loss = batch.kept(), batch.loss()
        if not all(kept):
            # One may have found its exchange or queue gone.
            self._is_declared = False
        if isinstance(loss, ChannelPreconditionFailed):
            return kept, loss
        if loss is not None and not any(kept):
            raise Unavailable(problem or self._connection.explain(loss))
        return kept, None

    async def _wait(self, batch: Batch) -> str | None:
        """Wait for the confirms; return what stopped them, if anything did."""
        deadline = asyncio.get_running_loop().time() + PATIENCE
        while not await batch.wait(LOOK):
            if await self._connection.is_blocked():
                # Cut, the connection would bring these again before the next try does.
                return BLOCKED
            if asyncio.get_running_loop().time() > deadline:
                self._connection.cut()
                # The client is to know before the next call, which would use the connection.
                await batch.wait(LOOK)
                return self._connection.explain(TimeoutError())
        return None

    async def _opened(self) -> Channel:
        if await self._connection.is_blocked():
            raise Unavailable(BLOCKED)
        if not self._is_declared:
            await declare(self._connection, self._rows)
            self._is_declared = True
        if self._channel is None or self._channel.is_closed:
            self._channel = await self._connection.open_channel()
        return cast(Channel, await self._channel.get_underlay_channel())
