"""A message and its destination."""

from uuid import uuid4

from aio_pika import Message
from msgspec import Struct


class Encoded(Struct, frozen=True):
    """A message whose AMQP properties, including its `id`, are in wire format."""

    id: str
    properties: bytes
    body: bytes


class Outgoing(Struct, frozen=True):
    """A message for an exchange; the exchange without a name routes to the queue of that name.

    The broker returns one that reaches no queue, unless it is not `is_mandatory`.
    """

    exchange: str
    routing_key: str
    message: Message | Encoded
    is_mandatory: bool = True

    @property
    def message_id(self) -> str | None:
        """The id that the message has by itself."""
        return self.message.id if isinstance(self.message, Encoded) else self.message.message_id

    def encoded(self) -> Encoded:
        """Return the message encoded; raises `TypeError` or `ValueError` if AMQP cannot encode it.

        A message without an id gets one: the broker identifies a returned message by it alone.
        """
        message = self.message
        if isinstance(message, Encoded):
            return message
        properties = message.properties
        properties.message_id = properties.message_id or uuid4().hex
        return Encoded(properties.message_id, properties.marshal(), message.body)
