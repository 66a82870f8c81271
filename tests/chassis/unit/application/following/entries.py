"""Entries of the journal, made ready."""

from typing import Any

from app.application.notification.mapping import to_event
from app.application.notification.stream import STREAMED
from chassis.application.event import Event
from chassis.application.following.entry import ReadyEntry
from chassis.application.ports.journal import Entry
from tests.unit.support import make_notification


def ready_entry(position: int, **fields: Any) -> ReadyEntry:
    """Return the entry of a notification with these fields."""
    notification = make_notification(**fields)
    return ReadyEntry(
        "e", STREAMED.event, Entry(position, to_event(notification), notification.action_type)
    )


def ready_event(position: int, event: Event, tag: str | None = None) -> ReadyEntry:
    """Return the entry of any event."""
    return ReadyEntry("e", "any", Entry(position, event, tag))
