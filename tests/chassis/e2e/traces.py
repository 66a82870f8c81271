"""One notification's trace, as a tree."""

from collections.abc import Iterable

from tests.chassis.collector import CollectedSpan


def tree(spans: Iterable[CollectedSpan]) -> list[str]:
    """Return a line for each span: its service, kind and name, indented below its parent.

    Fails where they are not one trace with one root.
    """
    spans = sorted(spans, key=lambda span: (span.start, span.name))
    assert len({span.trace for span in spans}) == 1, spans
    ids = {span.id for span in spans}
    [root] = [span for span in spans if span.parent not in ids]
    return list(_lines(root, spans, ""))


def _lines(root: CollectedSpan, spans: list[CollectedSpan], indent: str) -> Iterable[str]:
    yield f"{indent}{root.service}: {root.kind} {root.name}{' !' if root.failed else ''}"
    for span in spans:
        if span.parent == root.id:
            yield from _lines(span, spans, indent + "  ")
