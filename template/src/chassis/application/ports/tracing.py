"""Port: spans, the timed steps of a trace."""

from collections.abc import Mapping
from typing import Literal, Protocol

type Attributes = Mapping[str, str | int]
type Kind = Literal["internal", "server", "client", "producer", "consumer"]


class Span(Protocol):
    """One step; it has begun, and is exported once it has ended."""

    @property
    def traceparent(self) -> str | None:
        """The parent for children of this step; without tracing, the parent that was given.

        In the form of https://www.w3.org/TR/trace-context/#traceparent-header.
        """
        ...

    def rename(self, name: str) -> None:
        """Rename the step, if more is known now than at its start."""
        ...

    def set_attributes(self, attributes: Attributes) -> None:
        """Mark the step as failed; `reason` is one of few words, such as the name of an error."""
        ...

    def fail(self, reason: str) -> None:
        """Mark the step as failed; `reason` is one of few words, such as the name of an error."""
        ...

    def end(self) -> None:
        """End the step; what comes after that is ignored."""
        ...


class Tracing(Protocol):
    """Exports steps; it never blocks, and never fails the traced work."""

    @property
    def is_on(self) -> bool:
        """Whether tracing is on: attributes of each message need not be computed if it is off."""
        ...

    def start(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes | None = None
    ) -> Span:
        """Begin a step under `parent`, a traceparent; without a well-formed one a trace begins."""
        ...

    async def close(self) -> None:
        """Send the waiting steps, for a bounded time."""
        ...
