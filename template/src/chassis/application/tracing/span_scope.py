"""Spans that last as long as a block."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from chassis.application.ports.tracing import Span


@contextmanager
def span_scope(spans: Iterable[Span]) -> Iterator[None]:
    """End the spans with the block; if it raises, they have failed."""
    spans = tuple(spans)
    try:
        yield
    except BaseException as error:
        for span in spans:
            span.fail(type(error).__name__)
        raise
    finally:
        for span in spans:
            span.end()
