"""What a service needs in RabbitMQ: a table of exchanges, queues and bindings, and its making."""

from collections.abc import Mapping
from typing import Any, Literal

from aio_pika.abc import AbstractChannel
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from msgspec import Struct

from chassis.application.errors import Unavailable
from chassis.infrastructure.rabbitmq.connection import Connection

UNROUTED_BYTES = 2**30

# A quorum queue of RabbitMQ 4 drops a message that came back 20 times, unless it is told not to.
KEPT_FOR_EVER = {"x-queue-type": "quorum", "x-delivery-limit": -1}


class Row(Struct, frozen=True):
    """One thing to declare; a `shared` one belongs to other services too.

    A binding's `name` is its key, and its arguments are the `exchange` and the `queue` it joins.
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
    """The names of one service, and the bounds of what it keeps in the broker.

    `prefetch` bounds the deliveries in flight, `unrouted_limit` the messages that no queue wanted;
    `delays` are the delays of the retry schedule, in seconds.
    """

    exchange: str
    queue: str
    bindings: tuple[str, ...]
    prefetch: int
    unrouted_limit: int
    delays: tuple[float, ...] = ()

    @property
    def unrouted(self) -> str:
        """The exchange, and the queue behind it, of what no queue wanted."""
        return f"{self.exchange}.unrouted"

    @property
    def dead(self) -> str:
        """The queue of what this service received and could not handle."""
        return f"{self.queue}.dead"

    def delayed(self, delay: float) -> str:
        """The queue of what comes again so many seconds later.

        The delay is in its name: one queue cannot have another delay later, and with another
        schedule the old queues empty themselves.
        """
        return f"{self.queue}.retry.{_milliseconds(delay)}ms"

    def publishing(self) -> list[Row]:
        """Return what a producer needs."""
        # `drop-head`, the default, would lose messages that their producers know as confirmed.
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
        """Return what is needed to keep dead letters."""
        return [Row("queue", self.dead, KEPT_FOR_EVER)]

    def retrying(self) -> list[Row]:
        """Return what is needed to have a message come again later."""
        back = {
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": self.queue,
            # The default, `at-most-once`, loses what cannot be moved just then; this strategy needs
            # the overflow that comes with it.
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
        """Return what a consumer needs besides.

        A binding that was configured once and is not any more stays until someone removes it:
        AMQP cannot list bindings.
        """
        own = {"exchange": self.exchange, "queue": self.queue}
        return [
            # First, as many wait for the queue itself to see that a consumer is there.
            *self.retrying(),
            Row("queue", self.queue, KEPT_FOR_EVER),
            *(Row("binding", key, own) for key in self.bindings),
        ]

    def rows(self) -> list[Row]:
        """Return all of it, in the order in which it can be made."""
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
    """How many messages wait in a queue, those in hand left out, and how many consumers it has."""

    messages: int
    consumers: int


def _milliseconds(delay: float) -> int:
    return round(delay * 1000)


async def declare(connection: Connection, rows: list[Row]) -> None:
    """Make what is not there yet; raises `Unavailable`, also where a queue is of another kind."""
    for row in rows:
        # A declaration that is refused closes its channel, so each has one of its own.
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
            reason = f"RabbitMQ does not make the {row.kind} {row.name}: {refusal}"
            raise Unavailable(reason) from refusal
        # Somebody has made a shared one meanwhile, in their way: theirs is as good.
        if not row.shared:
            reason = (
                f"the {row.kind} {row.name} exists with other arguments: drain and delete it, "
                f"or set BROKER_QUEUE to another name ({refusal})"
            )
            raise Unavailable(reason) from refusal


async def is_there(connection: Connection, row: Row) -> bool:
    """Return whether there is an exchange or a queue of that name, of whatever kind."""
    async with connection.channel() as channel:
        try:
            await _declare(channel, row, passive=True)
        except ChannelNotFoundEntity:
            return False
    return True


async def differs(connection: Connection, row: Row) -> bool:
    """Return whether it is there and not as the row has it; changes nothing."""
    if row.kind == "binding" or not await is_there(connection, row):
        return False
    async with connection.channel() as channel:
        try:
            await _declare(channel, row)
        except ChannelPreconditionFailed:
            return True
    return False


async def count(connection: Connection, queue: str) -> int:
    """Return how many messages wait in a queue, 0 where there is none; raises `Unavailable`."""
    return (await look(connection, queue)).messages


async def look(connection: Connection, queue: str) -> Depth:
    """Return how much waits in a queue, nothing where there is none; raises `Unavailable`."""
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
