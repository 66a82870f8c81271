"""Port: spans, the timed steps that a trace is put together from."""

from collections.abc import Mapping
from typing import Literal, Protocol

type Attributes = Mapping[str, str | int]
type Kind = Literal["internal", "server", "client", "producer", "consumer"]


class Span(Protocol):
    """One step; it has begun, and it is told of once it has ended."""

    @property
    def traceparent(self) -> str | None:
        """What a child of this step names as its parent; where nothing is traced, what was given.

        In the form of https://www.w3.org/TR/trace-context/#traceparent-header.
        """
        ...

    def rename(self, name: str) -> None:
        """Give the step another name, where more is known now than at its start."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Add attributes, named by OpenTelemetry's semantic conventions where those have a name."""
        ...

    def fail(self, reason: str) -> None:
        """Mark the step as failed; `reason` is one of few words, such as the name of an error."""
        ...

    def end(self) -> None:
        """End the step; what comes after that is ignored."""
        ...


class Tracing(Protocol):
    """Where steps are told of; telling never blocks, and never fails what is told of."""

    @property
    def is_on(self) -> bool:
        """Whether anything is told: what is asked for each message is better not asked in vain."""
        ...

    def start(
        self, name: str, kind: Kind, *, parent: str | None, attributes: Attributes | None = None
    ) -> Span:
        """Begin a step under `parent`, a traceparent; without a well-formed one a trace begins."""
        ...

    async def close(self) -> None:
        """Send what is left, for a bounded time."""
        ...
