"""Tracing that keeps its spans, for tests."""

from dataclasses import dataclass, field

from chassis.application.ports.tracing import Attributes, Kind


@dataclass
class RecordedSpan:
    """A step, as it was told."""

    title: str
    kind: Kind
    parent: str | None
    traceparent: str
    attributes: dict[str, str | int] = field(default_factory=dict)
    failed: str | None = None
    ended: int = 0

    def rename(self, name: str) -> None:
        """Take the other name."""
        self.title = name

    def set_attributes(self, attributes: Attributes) -> None:
        """Keep the attributes, unless it has ended."""
        if not self.ended:
            self.attributes |= attributes

    def fail(self, reason: str) -> None:
        """Keep the reason, unless it has ended."""
        if not self.ended:
            self.failed = reason

    def end(self) -> None:
        """Count the ends."""
        self.ended += 1


class RecordingTracing:
    """Keeps all spans, in the order of their beginnings."""

    is_on = True

    def __init__(self) -> None:
        self.spans: list[RecordedSpan] = []

    def start(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes | None = None
    ) -> RecordedSpan:
        """Begin a step; its id is its number."""
        number = len(self.spans) + 1
        trace = parent[3:35] if parent else f"{number:032x}"
        traceparent = f"00-{trace}-{number:016x}-01"
        span = RecordedSpan(name, kind, parent, traceparent, dict(attributes or {}))
        self.spans.append(span)
        return span

    async def close(self) -> None:
        """Return."""
