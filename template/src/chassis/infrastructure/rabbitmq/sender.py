"""Publishing with confirms: for each message it is known whether the broker keeps it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import cast

from aio_pika.abc import AbstractChannel
from aiormq import Channel

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.connection import BLOCKED, RabbitConnection
from chassis.infrastructure.rabbitmq.declaring import declare
from chassis.infrastructure.rabbitmq.isolation import Isolated, Isolation, is_own, split
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.rows import Row
from chassis.infrastructure.rabbitmq.upstream.batch import PublishBatch

type Prepare = Callable[[Channel], Awaitable[None]]
type Ids = set[str | None]

log = logging.getLogger(__name__)

# Seconds: for all confirms of a batch, and between checks for an alarm of the server.
TIMEOUT = 10.0
POLL_INTERVAL = 0.1
# Refused messages that are remembered. Each takes about 300 bytes.
REMEMBERED = 10_000


class Sender:
    """Publishes on its own channel, and declares `rows` before its first message.

    A message that the broker has refused is from then on tried alone. It then closes no channel
    with other messages on it. `prepare` is called with each channel before its first message.
    """

    def __init__(
        self, connection: RabbitConnection, rows: list[Row], prepare: Prepare | None = None
    ) -> None:
        self._connection = connection
        self._rows = rows
        self._prepare = prepare
        self._isolation = Isolation(connection)
        # The reasons by message id, the oldest first.
        self._refused: dict[str | None, str] = {}
        # Held while the channel is opened.
        self._lock = asyncio.Lock()
        self._channel: AbstractChannel | None = None
        self._is_declared = False

    async def open(self) -> None:
        """Open the channel, unless it is open; raises `Unavailable`."""
        async with self._lock:
            await self._opened()

    async def send(
        self,
        outgoing: Sequence[Outgoing],
        returned: Ids | None = None,
        rejected: Ids | None = None,
    ) -> list[bool]:
        """Publish all, and return for each whether the broker keeps it now.

        The ids of messages that reached no queue are added to `returned`, and those whose queue is
        full to `rejected`.

        A message that it refuses or that no queue takes is not kept; neither is one whose confirm
        was lost, though it may have arrived. Raises `Unavailable` if none is known to be confirmed
        because the broker does not answer, or takes no messages.
        """
        async with self._lock:
            channel = await self._opened()
        alone = self._refused_before(outgoing)
        others = outgoing
        if alone:
            others = [each for number, each in enumerate(outgoing) if number not in alone]
        confirmed, is_refused = (
            await self._attempt(channel, others, returned, rejected) if others else ([], False)
        )
        if not alone and not is_refused:
            return confirmed
        for number in alone:
            confirmed.insert(number, False)
        left = (
            [number for number, is_confirmed in enumerate(confirmed) if not is_confirmed]
            if is_refused
            else []
        )
        parts = [*split([n for n in left if n not in alone]), *([number] for number in alone)]
        isolated = await self._isolation.send(outgoing, parts)
        self._remember(outgoing, isolated)
        if len(isolated.confirmed) + len(isolated.refused) < sum(map(len, parts)):
            self._is_declared = False
        return [
            is_confirmed or number in isolated.confirmed
            for number, is_confirmed in enumerate(confirmed)
        ]

    def refusal(self, message: Outgoing) -> str | None:
        """Return why the broker refused the message, if it did so the last time."""
        return self._refused.get(message.message_id)

    def _refused_before(self, outgoing: Sequence[Outgoing]) -> dict[int, None]:
        """Return the numbers of those that the broker has refused, in their order."""
        if not self._refused:
            return {}
        known = (n for n, each in enumerate(outgoing) if each.message_id in self._refused)
        return dict.fromkeys(known)

    def _remember(self, outgoing: Sequence[Outgoing], isolated: Isolated) -> None:
        for number in isolated.confirmed:
            self._refused.pop(outgoing[number].message_id, None)
        for number, reason in isolated.refused.items():
            identity = outgoing[number].message_id
            if self._refused.get(identity) != reason:
                log.warning("RabbitMQ refuses a message", extra={"id": identity, "reason": reason})
            if identity is not None:
                self._refused[identity] = reason
        while len(self._refused) > REMEMBERED:
            del self._refused[next(iter(self._refused))]

    async def _attempt(
        self,
        channel: Channel,
        outgoing: Sequence[Outgoing],
        returned: Ids | None,
        rejected: Ids | None,
    ) -> tuple[list[bool], bool]:
        """Publish all; return for each whether it is kept, and whether one was refused."""
        batch = PublishBatch(channel, outgoing)
        try:
            problem = await self._wait(batch)
        finally:
            batch.end()
        confirmed, loss = batch.confirmed(), batch.loss()
        if loss is not None and is_own(loss):
            return confirmed, True
        if not all(confirmed):
            # A message may have found its exchange or queue missing.
            self._is_declared = False
            if returned is not None:
                returned.update(outgoing[number].message_id for number in batch.returned())
            if rejected is not None:
                rejected.update(outgoing[number].message_id for number in batch.rejected())
        if loss is not None and not any(confirmed):
            raise Unavailable(problem or self._connection.describe_error(loss))
        return confirmed, False

    async def _wait(self, batch: PublishBatch) -> str | None:
        """Wait for the confirms; return the error that stopped them, if any."""
        deadline = asyncio.get_running_loop().time() + TIMEOUT
        while not await batch.wait(POLL_INTERVAL):
            if await self._connection.is_blocked():
                # Cutting the connection would cause duplicates before the next attempt does.
                return BLOCKED
            if asyncio.get_running_loop().time() > deadline:
                self._connection.cut()
                # The client must notice before the next call, which would use the connection.
                await batch.wait(POLL_INTERVAL)
                return self._connection.describe_error(TimeoutError())
        return None

    async def _opened(self) -> Channel:
        if await self._connection.is_blocked():
            raise Unavailable(BLOCKED)
        if not self._is_declared:
            await declare(self._connection, self._rows)
            self._is_declared = True
        if self._channel is None or self._channel.is_closed:
            channel = await self._connection.open_channel()
            if self._prepare is not None:
                async with self._connection.watch():
                    await self._prepare(cast(Channel, await channel.get_underlay_channel()))
            self._channel = channel
        return cast(Channel, await self._channel.get_underlay_channel())
