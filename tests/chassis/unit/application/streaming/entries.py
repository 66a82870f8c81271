"""Entries of the journal, made ready."""

from typing import Any

from app.application.notification.mapping import to_event
from app.application.notification.stream import STREAMED
from chassis.application.event import Event
from chassis.application.ports.journal import Entry
from chassis.application.streaming.encoded_entry import EncodedEntry
from tests.unit.support import make_notification


def streamed_entry(position: int, **fields: Any) -> EncodedEntry:
    """Return the entry of a notification with these fields."""
    notification = make_notification(**fields)
    return EncodedEntry(
        "e", STREAMED.event, Entry(position, to_event(notification), notification.action_type)
    )


def streamed_event(position: int, event: Event, tag: str | None = None) -> EncodedEntry:
    """Return the entry of any event."""
    return EncodedEntry("e", "any", Entry(position, event, tag))
