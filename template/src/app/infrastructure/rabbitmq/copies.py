"""Publishing a message once more, as it came."""

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage


def copied(message: AbstractIncomingMessage) -> Message:
    """Return the message again, persistent, without what would send it astray.

    Its expiration would let the broker drop it, its user id refuse it from any other user, and
    the header `CC` deliver it to the queues that it names.
    """
    return Message(
        message.body,
        headers={name: value for name, value in message.headers.items() if name != "CC"},
        content_type=message.content_type,
        content_encoding=message.content_encoding,
        correlation_id=message.correlation_id,
        message_id=message.message_id,
        timestamp=message.timestamp,
        type=message.type,
        app_id=message.app_id,
        delivery_mode=DeliveryMode.PERSISTENT,
    )
