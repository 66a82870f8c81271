"""The request of a subscriber, and the items of a stream: the same for every event type."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal, Self

from msgspec import Raw, Struct

from chassis.application.message import Message
from chassis.application.ports.stream import Stream

type End = Literal["draining", "too slow", "expired"]

HEARTBEAT = "heartbeat"
RESET = "reset"
CLOSED = "closed"
# Names of a stream's own items, which no event type may have.
RESERVED = (HEARTBEAT, RESET, CLOSED)


class StreamItem(Struct, frozen=True, kw_only=True, dict=True):
    """An item of a stream; a client resumes from `cursor` after it.

    `event` is the name under which the event's type is streamed, or one of `RESERVED`. A `reset`
    says that the cursor cannot be resumed; `closed` is the last item. `data` is the JSON of the
    event as it was published.
    """

    event: str
    cursor: str
    data: Raw | None = None
    reason: End | None = None

    def once[Form](self, encode: Callable[[Self], Form]) -> Form:
        """Return `encode(self)`, which is called once for all subscribers of this item."""
        forms: dict[Any, Form] = self.__dict__
        form = forms.get(encode)
        if form is None:
            form = forms[encode] = encode(self)
        return form


# The items for a subscriber. The first one says where the stream starts.
type ItemStream = Stream[Sequence[StreamItem]]


class Subscribe(Message[ItemStream], frozen=True):
    """Follow events as they arrive, from `cursor` on or from now.

    `types` are event types; none means all streamed types that the caller may read.
    """

    served_by: ClassVar[tuple[str, ...]] = ("consumer",)
    # The use case checks the scope of each type.
    scope: ClassVar[str] = ""
    types: tuple[str, ...] = ()
    subject: str | None = None
    tag: str | None = None
    cursor: str | None = None
