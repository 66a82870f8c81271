"""Publishing a message once more, as it came."""

from aio_pika import DeliveryMode, Message
from aio_pika.abc import AbstractIncomingMessage, HeadersType
from pamqp.encode import field_table

# All headers travel in one frame, of 128 KiB by default, and parking adds its own.
HEADERS_BYTES = 100_000


def copied(message: AbstractIncomingMessage) -> Message:
    """Return the message again, persistent, without what would send it astray.

    Its expiration would let the broker drop it, its user id refuse it from any other user, and
    the header `CC` deliver it to the queues that it names.
    """
    return Message(
        message.body,
        headers=_carried(message.headers),
        content_type=message.content_type,
        content_encoding=message.content_encoding,
        correlation_id=message.correlation_id,
        message_id=message.message_id,
        timestamp=message.timestamp,
        type=message.type,
        app_id=message.app_id,
        delivery_mode=DeliveryMode.PERSISTENT,
    )


def _carried(headers: HeadersType) -> HeadersType:
    """Return the headers that can be sent: a message that cannot be parked would block all."""
    carried: HeadersType = {}
    room = HEADERS_BYTES
    for name, value in headers.items():
        try:
            size = len(field_table({name: value}))
        except (TypeError, ValueError):
            # The client reads text that is no UTF-8, and cannot write it.
            continue
        if name != "CC" and size <= room:
            carried[name] = value
            room -= size
    return carried
