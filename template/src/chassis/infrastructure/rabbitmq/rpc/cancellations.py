"""The requests whose callers have left: each worker hears of all."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import cast

from aio_pika.abc import AbstractChannel
from aiormq import Channel
from aiormq.abc import DeliveredMessage

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.declaring import declare
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.rabbitmq.upstream.deliveries import Deliveries

# Cancellations that wait in the broker for one worker; RabbitMQ drops the oldest of more.
LIMIT = 10_000


class Cancellations:
    """Consumes an exclusive queue of its own, which the broker removes with the connection."""

    def __init__(self, connection: RabbitConnection, topology: Topology) -> None:
        self._connection = connection
        self._topology = topology
        self._channel: AbstractChannel | None = None

    async def listen(self, cancel: Callable[[str], None]) -> None:
        """Call `cancel` with each request's id from now on; raises `Unavailable`."""
        if self._channel is not None and not self._channel.is_closed:
            return
        await declare(self._connection, self._topology.calling())
        channel = await self._connection.open_channel()
        async with self._connection.watch():
            queue = await channel.declare_queue(exclusive=True, arguments={"x-max-length": LIMIT})
            await queue.bind(self._topology.cancelling)
            protocol = cast(Channel, await channel.get_underlay_channel())
            has_room = asyncio.Event()
            has_room.set()

            def take(message: DeliveredMessage) -> None:
                cancel(message.header.properties.correlation_id or "")

            Deliveries.stand_in(protocol, take, has_room)
            await protocol.basic_consume(queue.name, _taken_before, no_ack=True)
        self._channel = channel

    async def close(self) -> None:
        """End; the broker removes the queue with the connection."""
        if self._channel is not None:
            with suppress(Unavailable):
                await self._connection.close_channel(self._channel)


async def _taken_before(_: DeliveredMessage) -> None:
    """Do nothing: the client needs a callback, and `Deliveries` leaves it no message."""
