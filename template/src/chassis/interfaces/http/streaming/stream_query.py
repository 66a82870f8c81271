"""The filters of a subscriber's query, in the words of the streamed aggregates."""

from typing import Any

import msgspec
from msgspec import Struct

from chassis.application.streaming.messages import Subscribe
from chassis.application.streaming.streamed import StreamTable
from chassis.application.streaming.words import SUBJECT, own_words, subscribe_by_words

TYPE, CURSOR = "type", "last_event_id"


class StreamQuery:
    """The parameters: `type`, `subject`, the table's names for its filters, and the cursor.

    `type` takes several, separated by commas. A filter in an aggregate's own words, such as
    `receiver`, leaves out all other types.
    """

    def __init__(self, table: StreamTable) -> None:
        self._table = table
        self._words = (SUBJECT, *own_words(table))
        fields = [(name, str | None, None) for name in (TYPE, *self._words, CURSOR)]
        self.query: type[Struct] = msgspec.defstruct(
            "Query", fields, frozen=True, forbid_unknown_fields=True
        )

    def message(self, asked: Any, last_event_id: str | None = None) -> Subscribe:
        """Return the message for a `query`; the header of a browser that resumes takes precedence.

        Raises `Invalid` for filters that contradict each other.
        """
        types = [name for name in (asked.type or "").split(",") if name]
        words = {name: getattr(asked, name) for name in self._words}
        cursor = last_event_id or asked.last_event_id
        return subscribe_by_words(self._table, types, words, cursor)
