"""Declares the rows of a topology, and looks at queues."""

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from msgspec import Struct

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.rows import Row

# The advice about a queue that exists with other arguments.
RENAME = "choose another name: set BROKER_QUEUE, or change its row in the topology"


class Depth(Struct, frozen=True):
    """The number of ready messages of a queue (not the unacked ones), and of its consumers."""

    messages: int
    consumers: int


async def declare(connection: RabbitConnection, rows: list[Row]) -> None:
    """Declare what is missing; raises `Unavailable`, also if a queue has other arguments."""
    for row in rows:
        # A refused declaration closes its channel, so each has its own.
        if row.shared and await is_there(connection, row):
            continue
        async with connection.channel() as channel:
            try:
                await _declare(channel, row)
            except ChannelPreconditionFailed as error:
                refusal = error
            else:
                continue
        if not await is_there(connection, row):
            reason = f"RabbitMQ refuses to declare the {row.kind} {row.name}: {refusal}"
            raise Unavailable(reason) from refusal
        # Another service has declared a shared one meanwhile, with other arguments: it is as good.
        if not row.shared:
            reason = (
                f"the {row.kind} {row.name} exists with other arguments: drain and delete it, "
                f"or {RENAME} ({refusal})"
            )
            raise Unavailable(reason) from refusal


async def is_there(connection: RabbitConnection, row: Row) -> bool:
    """Return whether there is an exchange or a queue of that name, of any kind."""
    async with connection.channel() as channel:
        try:
            await _declare(channel, row, passive=True)
        except ChannelNotFoundEntity:
            return False
    return True


async def differs(connection: RabbitConnection, row: Row) -> bool:
    """Return whether it exists with other arguments than the row has; changes nothing."""
    if row.kind == "binding" or not await is_there(connection, row):
        return False
    async with connection.channel() as channel:
        try:
            await _declare(channel, row)
        except ChannelPreconditionFailed:
            return True
    return False


async def count(connection: RabbitConnection, queue: str) -> int:
    """Return how many messages wait in a queue, 0 if there is none; raises `Unavailable`."""
    return (await look(connection, queue)).messages


async def look(connection: RabbitConnection, queue: str) -> Depth:
    """Return the depth of a queue, 0 if there is none; raises `Unavailable`."""
    async with connection.channel() as channel:
        try:
            found = (await channel.declare_queue(queue, passive=True)).declaration_result
        except ChannelNotFoundEntity:
            return Depth(0, 0)
        return Depth(found.message_count or 0, found.consumer_count or 0)


async def _declare(channel: AbstractChannel, row: Row, passive: bool = False) -> None:
    arguments = dict(row.arguments)
    if row.kind == "binding":
        source = arguments.pop("exchange")
        if "to" in arguments:
            target = await channel.get_exchange(arguments.pop("to"), ensure=False)
            await target.bind(source, row.name, arguments=arguments)
        else:
            queue = await channel.get_queue(arguments.pop("queue"), ensure=False)
            await queue.bind(source, row.name, arguments=arguments)
    elif row.kind == "queue":
        await channel.declare_queue(row.name, durable=True, passive=passive, arguments=arguments)
    else:
        await channel.declare_exchange(
            row.name,
            row.kind.removesuffix(" exchange"),
            durable=True,
            passive=passive,
            arguments=arguments,
        )
