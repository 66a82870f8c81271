"""The topology of a service in RabbitMQ: exchanges, queues and bindings, declared by a table."""

from collections.abc import Mapping
from typing import Any, Literal

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from msgspec import Struct

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.connection import RabbitConnection

UNROUTED_BYTES = 2**30

# A quorum queue of RabbitMQ 4 drops a message after 20 deliveries by default.
KEPT_FOR_EVER = {"x-queue-type": "quorum", "x-delivery-limit": -1}


class Row(Struct, frozen=True):
    """One thing to declare; a `shared` one belongs to other services too.

    A binding's `name` is its key; its arguments are the `exchange` and the `queue` that it joins.
    """

    kind: Literal["topic exchange", "fanout exchange", "queue", "binding"]
    name: str
    arguments: Mapping[str, Any]
    shared: bool = False

    @property
    def details(self) -> str:
        """The arguments, for people."""
        return ", ".join(f"{name}={value}" for name, value in self.arguments.items())


class Topology(Struct, frozen=True, kw_only=True):
    """The names of one service, and the bounds of its messages in the broker.

    `prefetch` bounds the deliveries in flight, `unrouted_limit` the unrouted messages; `delays` are
    the delays of the retry schedule, in seconds.
    """

    exchange: str
    queue: str
    bindings: tuple[str, ...]
    prefetch: int
    unrouted_limit: int
    delays: tuple[float, ...] = ()

    @property
    def unrouted(self) -> str:
        """The exchange, and the queue behind it, of unrouted messages."""
        return f"{self.exchange}.unrouted"

    @property
    def dead(self) -> str:
        """The queue of the messages that this service received and could not handle."""
        return f"{self.queue}.dead"

    def delayed(self, delay: float) -> str:
        """The queue of messages that are retried after so many seconds.

        The delay is in its name: a queue's delay cannot change, and with another schedule the old
        queues empty themselves.
        """
        return f"{self.queue}.retry.{_milliseconds(delay)}ms"

    def publishing(self) -> list[Row]:
        """Return the rows that a producer needs."""
        # `drop-head`, the default, would lose messages that the broker has confirmed to their
        # producers.
        bounds = {
            "x-max-length": self.unrouted_limit,
            "x-max-length-bytes": UNROUTED_BYTES,
            "x-overflow": "reject-publish",
        }
        return [
            Row("fanout exchange", self.unrouted, {}, shared=True),
            Row("queue", self.unrouted, KEPT_FOR_EVER | bounds, shared=True),
            Row("binding", "", {"exchange": self.unrouted, "queue": self.unrouted}),
            Row(
                "topic exchange", self.exchange, {"alternate-exchange": self.unrouted}, shared=True
            ),
        ]

    def dead_lettering(self) -> list[Row]:
        """Return the rows that dead letters need."""
        return [Row("queue", self.dead, KEPT_FOR_EVER)]

    def retrying(self) -> list[Row]:
        """Return the rows that a retry after a delay needs."""
        back = {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.queue,
            # The default, `at-most-once`, loses messages that cannot be moved at once. This
            # strategy requires `reject-publish`.
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
        return [
            Row(
                "queue",
                self.delayed(delay),
                KEPT_FOR_EVER | {"x-message-ttl": _milliseconds(delay)} | back,
            )
            for delay in dict.fromkeys(self.delays)
        ]

    def consuming(self) -> list[Row]:
        """Return the further rows that a consumer needs.

        A binding that is no longer configured stays until an operator removes it: AMQP cannot list
        bindings.
        """
        own = {"exchange": self.exchange, "queue": self.queue}
        return [
            # First, because the queue itself takes as long to see that a consumer is there.
            *self.retrying(),
            Row("queue", self.queue, KEPT_FOR_EVER),
            *(Row("binding", key, own) for key in self.bindings),
        ]

    def rows(self) -> list[Row]:
        """Return all rows, in the order in which they can be declared."""
        return [*self.publishing(), *self.dead_lettering(), *self.consuming()]

    def described(self) -> dict[str, list[str]]:
        """Return a line for each row, for people, by kind."""
        lines: dict[str, list[str]] = {}
        for row in self.rows():
            name = row.name or "(all)"
            line = f"{name}: {row.details}" if row.details else name
            lines.setdefault(row.kind, []).append(line)
        return lines


class Depth(Struct, frozen=True):
    """The number of ready messages of a queue (not the unacked ones), and of its consumers."""

    messages: int
    consumers: int


def _milliseconds(delay: float) -> int:
    return round(delay * 1000)


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
                f"or set BROKER_QUEUE to another name ({refusal})"
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
        queue = await channel.get_queue(arguments["queue"], ensure=False)
        await queue.bind(arguments["exchange"], row.name)
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
