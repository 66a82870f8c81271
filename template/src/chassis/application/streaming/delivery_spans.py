"""One span for each entry that goes to streams, for any number of streams."""

from collections.abc import Iterable

from chassis.application.ports.tracing import Span, Tracing
from chassis.application.streaming.encoded_entry import EncodedEntry
from chassis.application.streaming.subscriber_registry import SubscriberRegistry

# Streams that waited for the entry when it arrived.
STREAMS = "event.streams"


class DeliverySpans:
    """The spans from the read of an entry until the first stream takes it.

    An entry has no span if no stream takes it, or if its trace is unknown.
    """

    def __init__(self, tracing: Tracing, subscribers: SubscriberRegistry) -> None:
        self._tracing = tracing
        self._subscribers = subscribers

    def begin(self, entries: Iterable[EncodedEntry]) -> None:
        """Begin the spans of the entries that streams wait for; call it before these are woken."""
        for entry in entries:
            count = self._subscribers.count(entry)
            if count and entry.traceparent is not None:
                entry.span = self._start(entry.traceparent, count)

    def end(self, entry: EncodedEntry) -> None:
        """A stream has taken `entry`."""
        if entry.traceparent is not None:
            # No stream was waiting: one that catches up has reached it.
            push = entry.span or self._start(entry.traceparent, 0)
            entry.span = None
            push.end()

    def _start(self, traceparent: str, count: int) -> Span:
        return self._tracing.start(
            "push", "internal", parent=traceparent, attributes={STREAMS: count}
        )
