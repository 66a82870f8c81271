"""One span for each entry that goes to streams, for any number of streams."""

from collections.abc import Iterable

from chassis.application.following.entry import ReadyEntry
from chassis.application.following.waiting import Waiting
from chassis.application.ports.tracing import Span, Tracing

# Streams that waited for the entry when it arrived.
STREAMS = "event.streams"


class Pushes:
    """The spans from the read of an entry until the first stream takes it.

    An entry has no span if no stream takes it, or if its trace is unknown.
    """

    def __init__(self, tracing: Tracing, waiting: Waiting) -> None:
        self._tracing = tracing
        self._waiting = waiting

    def begin(self, entries: Iterable[ReadyEntry]) -> None:
        """Begin the spans of the entries that streams wait for; call it before these are woken."""
        if self._tracing.is_on:
            for entry in entries:
                count = self._waiting.count(entry)
                if count and entry.traceparent is not None:
                    entry.push = self._start(entry.traceparent, count)

    def end(self, entry: ReadyEntry) -> None:
        """A stream has taken `entry`."""
        if self._tracing.is_on and entry.traceparent is not None:
            # No stream was waiting: one that catches up has reached it.
            push = entry.push or self._start(entry.traceparent, 0)
            entry.push = None
            push.end()

    def _start(self, traceparent: str, count: int) -> Span:
        return self._tracing.start(
            "push", "internal", parent=traceparent, attributes={STREAMS: count}
        )
