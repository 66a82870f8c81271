"""Isolation of the messages that the broker refuses, so that it takes the other ones."""

import asyncio
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from typing import cast

from aio_pika.abc import AbstractChannel
from aiormq import Channel
from aiormq.exceptions import ChannelAccessRefused, ChannelClosed, ChannelNotFoundEntity
from msgspec import Struct, field

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.upstream.batch import PublishBatch

# A refusal costs a channel. At most so many are open, and a refused part is split into so many
# parts.
CHANNELS = 16
# Seconds for one call. A claim of the outbox, whose lease ends after five, waits for it.
BUDGET = 2.0

type Part = list[int]


class Isolated(Struct):
    """The results of messages, by their numbers: those in neither set must be retried."""

    confirmed: set[int] = field(default_factory=set)
    refused: dict[int, str] = field(default_factory=dict)


class Isolation:
    """Publishes in parts, each on its own channel.

    The broker closes a channel at the first message that it refuses, and does not name it. A
    refused part is therefore split, down to the single message.
    """

    def __init__(self, connection: RabbitConnection) -> None:
        self._connection = connection
        self._free: list[AbstractChannel] = []

    async def send(self, outgoing: Sequence[Outgoing], parts: Sequence[Part]) -> Isolated:
        """Publish these parts, which are numbers of messages in `outgoing`, in their order.

        Returns the known results after at most `BUDGET` seconds; in an outage there may be none.
        """
        isolated = Isolated()
        waiting = deque(parts)
        workers = (
            self._work(outgoing, waiting, isolated) for _ in range(min(CHANNELS, len(parts)))
        )
        try:
            async with asyncio.timeout(BUDGET):
                await asyncio.gather(*workers)
        except TimeoutError:
            pass
        return isolated

    async def _work(
        self, outgoing: Sequence[Outgoing], waiting: deque[Part], isolated: Isolated
    ) -> None:
        """Publish one part after the other; the pieces of a split part come next."""
        with suppress(Unavailable):
            while waiting:
                part = waiting.popleft()
                loss = await self._publish(outgoing, part, isolated)
                if loss is None or not is_own(loss):
                    continue
                left = [number for number in part if number not in isolated.confirmed]
                if len(left) == 1:
                    isolated.refused[left[0]] = str(loss)
                else:
                    waiting.extendleft(reversed(split(left)))

    async def _publish(
        self, outgoing: Sequence[Outgoing], part: Part, isolated: Isolated
    ) -> BaseException | None:
        """Return the error that closed the channel, if any."""
        channel = await self._channel()
        underlay = cast(Channel, await channel.get_underlay_channel())
        batch = PublishBatch(underlay, [outgoing[number] for number in part])
        is_over = False
        try:
            is_over = await batch.wait(BUDGET)
        finally:
            batch.end()
            confirmed = zip(part, batch.confirmed(), strict=True)
            isolated.confirmed.update(number for number, is_confirmed in confirmed if is_confirmed)
            if not is_over:
                # A late refusal would be taken for that of the next message on this channel.
                self._connection.abandon_channel(channel)
        loss = batch.loss()
        if loss is None and is_over and len(self._free) < CHANNELS:
            self._free.append(channel)
        return loss

    async def _channel(self) -> AbstractChannel:
        while self._free:
            channel = self._free.pop()
            if not channel.is_closed:
                return channel
        return await self._connection.open_channel()


def is_own(loss: BaseException) -> bool:
    """Return whether the loss of a channel is the fault of one message that was sent on it.

    It is not if the exchange is missing, or refuses all messages of this account: "access to
    exchange 'x' … refused". A refused routing key is "access to topic 'y' in exchange 'x'".
    """
    if isinstance(loss, ChannelAccessRefused):
        return "access to exchange" not in str(loss)
    return isinstance(loss, ChannelClosed) and not isinstance(loss, ChannelNotFoundEntity)


def split(numbers: Part) -> list[Part]:
    """Return the numbers in parts that are about equal, in their order."""
    size = max(1, -(-len(numbers) // CHANNELS))
    return [numbers[start : start + size] for start in range(0, len(numbers), size)]
