"""The filter of the journal, in memory."""

from chassis.application.ports.journal import Entry, Filter


def matches(matching: Filter, entry: Entry) -> bool:
    """Return whether the journal's filter lets the entry through."""
    event = entry.event
    return (
        (matching.types is None or event.type in matching.types)
        and matching.subject in (None, event.subject)
        and matching.tag in (None, entry.tag)
    )
