"""Copies of messages, to publish them once more."""

from aio_pika import DeliveryMode, IncomingMessage, Message
from aio_pika.abc import AbstractIncomingMessage, HeadersType
from aiormq.abc import DeliveredMessage
from pamqp.encode import field_table

# All headers travel in one frame, of 128 KiB by default, and dead-lettering adds its own.
HEADERS_BYTES = 100_000
# Characters of any other text among the properties.
TEXT_BYTES = 255
# The broker's headers about a message's path through its queues, which do not apply to a copy. From
# `x-death` RabbitMQ before 4 concludes that a message is in a loop, and drops it.
OF_THE_BROKER = ("x-death", "x-first-death-", "x-last-death-", "x-delivery-count")


def incoming(delivered: DeliveredMessage) -> IncomingMessage:
    """Return the message in aio-pika's form, which knows two delivery modes of the 256."""
    properties = delivered.header.properties
    properties.delivery_mode = DeliveryMode.PERSISTENT
    return IncomingMessage(delivered)


def copied(message: AbstractIncomingMessage) -> Message:
    """Return the message again, persistent, without the properties that would misroute it.

    With its expiration the broker would drop it, and with its user id refuse it from any other
    user. With the header `CC` it would deliver it to the queues that it names.
    """
    return Message(
        message.body,
        headers=_carried(message.headers),
        content_type=sendable_text(message.content_type),
        content_encoding=sendable_text(message.content_encoding),
        correlation_id=sendable_text(message.correlation_id),
        message_id=sendable_text(message.message_id),
        timestamp=message.timestamp,
        type=sendable_text(message.type),
        app_id=sendable_text(message.app_id),
        delivery_mode=DeliveryMode.PERSISTENT,
    )


def sendable_text(value: str | None) -> str | None:
    """Return text that can be sent: bytes that are no UTF-8 became longer when they were read."""
    return value and value.encode()[:TEXT_BYTES].decode(errors="ignore")


def _carried(headers: HeadersType) -> HeadersType:
    """Return the headers that can be sent: a message that the queue refuses would block all."""
    carried: HeadersType = {}
    room = HEADERS_BYTES
    for name, value in headers.items():
        try:
            size = len(field_table({name: value}))
        except (TypeError, ValueError, OverflowError, RecursionError):
            # The client reads non-UTF-8 text and double-precision numbers. It cannot write the
            # text, nor a number that is too large for single precision.
            continue
        if name != "CC" and not name.startswith(OF_THE_BROKER) and size <= room:
            carried[name] = value
            room -= size
    return carried
