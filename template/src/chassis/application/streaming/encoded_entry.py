"""An entry of the journal, prepared once for all its subscribers."""

from msgspec import Raw

from chassis.application.ports.journal import Entry
from chassis.application.ports.tracing import Span
from chassis.application.streaming.messages import StreamItem

# Bytes of an entry without its text: the objects around it, and its places in the indices.
OVERHEAD = 1024
# The text itself, with the encoder's reserve, and as each of the transports sends it.
COPIES = 5
# More copies if a character takes more than a byte: a WebSocket's frame is built as a `str`.
WIDE = 3


class EncodedEntry:
    """The data of an entry that streams need; `weight` is about how many bytes of memory it takes.

    `taken` is the weight of all entries in the tail so far, up to this one. `is_told` is set once a
    stream has taken it; `span` is its span until then.
    """

    __slots__ = (
        "is_told",
        "item",
        "position",
        "span",
        "subject",
        "tag",
        "taken",
        "time",
        "traceparent",
        "type",
        "weight",
    )

    def __init__(self, epoch: str, name: str, entry: Entry) -> None:
        event = entry.event
        # Copied: an event that has just arrived is a slice of its whole message.
        text = bytes(event.data)
        self.position = entry.position
        self.type = event.type
        self.subject = event.subject
        self.tag = entry.tag
        self.time = event.time
        self.traceparent = event.traceparent
        self.item = StreamItem(event=name, cursor=f"{epoch}.{entry.position}", data=Raw(text))
        self.weight = OVERHEAD + (COPIES if text.isascii() else COPIES + WIDE) * len(text)
        self.taken = 0
        self.is_told = False
        self.span: Span | None = None
