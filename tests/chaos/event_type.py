"""A type of event: its name, and how its events are found again."""

from collections.abc import Mapping
from typing import NamedTuple

# An event's type, and the id that its caller was answered.
Item = tuple[str, str]


class EventType(NamedTuple):
    """A type of event that the callers bring about.

    `event` is the name of its items in a stream. `id` is the field of its data with the id that the
    caller got. `words` maps the aggregate's own filters to the journal's fields. `rows` is the SQL
    query for what is stored: that id, the token, the subject, and the time.
    """

    name: str
    event: str
    id: str
    words: Mapping[str, str]
    rows: str
