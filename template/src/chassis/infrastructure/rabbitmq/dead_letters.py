"""The queue of the messages that this service received and could not handle."""

from collections.abc import AsyncGenerator
from datetime import datetime

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage

from chassis.application.durable_jobs.durable_job import is_job
from chassis.application.errors import Unavailable
from chassis.application.failures import NONE, Failures
from chassis.application.ports.dead_letter_queue import DeadLetterMessage
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.copies import copied
from chassis.infrastructure.rabbitmq.dead_letter_queue import (
    UNKNOWN,
    RabbitDeadLetter,
    RabbitDeadLetterQueue,
    identify,
)
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.rejections import (
    AT,
    ID,
    OURS,
    REASON,
    current_headers,
    failures_of,
    mark_dead_lettered,
    time_of,
)
from chassis.infrastructure.rabbitmq.sender import Sender
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.wire.cloudevents import routed_by


class RabbitDeadLetters:
    """Adds messages to `<queue>.dead`, and replays them to this consumer's queue alone.

    The dead letters of durable jobs are among them, and go back to the queue of the jobs.
    """

    def __init__(
        self, publishing: RabbitConnection, asking: RabbitConnection, topology: Topology
    ) -> None:
        self._dead = topology.dead
        self._exchange, self._key = topology.to_inbox
        self._jobs = topology.durable_jobs
        self._sender = Sender(publishing, topology.dead_lettering())
        self._messages = RabbitDeadLetterQueue(
            asking, self._sender, self._dead, _describe, self._back
        )

    async def add(
        self, body: bytes, reason: str, failures: Failures = NONE, at: datetime | None = None
    ) -> None:
        """Keep a message; raises `Unavailable`, and then it is not kept."""
        message = Message(body, delivery_mode=DeliveryMode.PERSISTENT)
        mark_dead_lettered(message, reason, failures, at)
        if await self._sender.send([Outgoing("", self._dead, message)]) != [True]:
            raise Unavailable(f"RabbitMQ took no message for the queue {self._dead}")

    def walk(self) -> AsyncGenerator[RabbitDeadLetter]:
        """Yield the present messages, oldest first; raises `Unavailable`."""
        return self._messages.walk()

    async def count(self) -> int:
        """Return how many there are; raises `Unavailable`."""
        return await self._messages.count()

    def _back(self, taken: AbstractIncomingMessage) -> Outgoing:
        message = copied(taken)
        for header in OURS:
            message.headers.pop(header, None)
        if is_job(routed_by(message.body)[0]):
            return Outgoing("", self._jobs, message)
        return Outgoing(self._exchange, self._key, message)


def _describe(message: AbstractIncomingMessage) -> DeadLetterMessage:
    headers = current_headers(message.headers)
    return DeadLetterMessage(
        id=str(headers.get(ID) or identify(message)),
        body=message.body,
        reason=str(headers.get(REASON) or "unknown: not dead-lettered by this service"),
        dead_lettered_at=time_of(headers.get(AT)) or UNKNOWN,
        failures=failures_of(headers),
    )
