"""The tracing that is used when tracing is off."""

from chassis.application.ports.tracing import Attributes, Kind


class NoSpan:
    """A span that is not recorded."""

    def __init__(self, parent: str | None) -> None:
        self.traceparent = parent

    def rename(self, name: str) -> None:
        """Return."""

    def set_attributes(self, attributes: Attributes) -> None:
        """Return."""

    def fail(self, reason: str) -> None:
        """Return."""

    def end(self) -> None:
        """Return."""


class NoTracing:
    """Records nothing."""

    is_on = False

    def start(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes | None = None
    ) -> NoSpan:
        """Return a span that leaves `parent` as it is."""
        return NoSpan(parent)

    async def close(self) -> None:
        """Return: there is nothing to send."""
