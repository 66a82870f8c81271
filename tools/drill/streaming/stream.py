"""One connection to a stream, the same for each transport."""

from collections.abc import AsyncGenerator, Callable, Mapping
from typing import Any, NamedTuple

HEARTBEAT = "heartbeat"
RESET = "reset"
CLOSED = "closed"

# Seconds without anything, after which a stream counts as lost: a heartbeat comes more often.
SILENCE = 60.0


class Item(NamedTuple):
    """An item of a stream: the name of the event, the cursor after it, and its data."""

    event: str
    cursor: str
    data: Mapping[str, Any]


# Opens the stream after a cursor, or from now on where it is empty, and yields until it ends.
# Raises `LostError` where there is no connection, or it ends in the middle.
Stream = Callable[[str], AsyncGenerator[Item, None]]


class LostError(Exception):
    """The connection to a stream is gone, or could not be made."""
