"""Reading messages that AMQP allows and the AMQP client does not.

The client fails on non-UTF-8 bytes in a routing key, a time after the year 9999, or deeply nested
headers. It closes the connection, the broker redelivers the message on the next one, and the queue
is blocked permanently. The service needs none of these fields: it reads the body.

The client finds its decoders in `pamqp.decode.METHODS`, by the type of a field (the chassis's
`test_unreadable` fails if it no longer does).
"""

from datetime import datetime

from pamqp import decode
from pamqp.common import FieldTable


def read_leniently() -> None:
    """Let the client read such messages, in the whole process."""
    decode.METHODS |= {"shortstr": _text, "timestamp": _time, "table": _headers}


def _text(value: bytes) -> tuple[int, str]:
    """Return the size and the text, with an escape for each byte that is no UTF-8."""
    try:
        return decode.short_str(value)
    except UnicodeDecodeError:
        end = 1 + value[0]
        return end, value[1:end].decode(errors="backslashreplace")


def _time(value: bytes) -> tuple[int, datetime | None]:
    """Return the size and the time, `None` for an impossible time."""
    try:
        return decode.timestamp(value)
    except (ValueError, OverflowError):
        return 8, None


def _headers(value: bytes) -> tuple[int, FieldTable]:
    """Return the size and the fields, none if one of them cannot be read."""
    try:
        return decode.field_table(value)
    except (ValueError, OverflowError, RecursionError):
        return 4 + int.from_bytes(value[:4]), {}
