"""An entry of the journal, made ready once for all who get it."""

from msgspec import Raw

from chassis.application.following.messages import StreamItem
from chassis.application.ports.journal import Entry
from chassis.application.ports.tracing import Span

# What an entry takes beside its text: the objects around it, and its places in the indices.
OVERHEAD = 1024
# The text itself, which the encoder leaves room behind, and as each of the transports sends it.
COPIES = 5
# More of them where a character takes more than a byte: a WebSocket's frame is made as a `str`.
WIDE = 3


class ReadyEntry:
    """What streams need to know of an entry; `weight` is what it takes of memory, in bytes, about.

    `taken` is the weight of all that the tail has taken, up to this entry. `is_told` is set once a
    stream has taken it; `push` is the span of that, until then.
    """

    __slots__ = (
        "is_told",
        "item",
        "position",
        "push",
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
        # Copied: an event that has just come in is a part of its whole message.
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
        self.push: Span | None = None
