"""Reading messages that AMQP allows and the AMQP client does not.

Bytes that are no UTF-8 in a routing key, a time after the year 9999 or headers nested too deep are
an error of the connection to it: the broker hands the message out again on the next one, and the
queue stands still for good. None of these is the service's business, which reads the body.

The client finds its decoders in `pamqp.decode.METHODS`, by the type of a field
(the chassis's `test_unreadable` fails where it does not any more).
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
    """Return the size and the time, `None` where there is no such time."""
    try:
        return decode.timestamp(value)
    except (ValueError, OverflowError):
        return 8, None


def _headers(value: bytes) -> tuple[int, FieldTable]:
    """Return the size and the fields, none where one of them cannot be read."""
    try:
        return decode.field_table(value)
    except (ValueError, OverflowError, RecursionError):
        return 4 + int.from_bytes(value[:4]), {}
