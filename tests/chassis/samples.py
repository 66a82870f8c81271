"""The series of a page of metrics, and what an expression names that none of them has."""

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families

from tests.chassis.expressions import used

# Prometheus itself adds these to each series.
OF_TARGETS = frozenset({"job", "instance"})


class Sample(NamedTuple):
    """A series: the name of its metric, and its labels."""

    name: str
    labels: Mapping[str, str]


def read(exposition: str) -> list[Sample]:
    """Return the series of a page of metrics, with the labels that Prometheus gives them."""
    return [
        Sample(sample.name, {_stored(name): value for name, value in sample.labels.items()})
        for family in text_string_to_metric_families(exposition)
        for sample in family.samples
    ]


def problems(expr: str, samples: Iterable[Sample]) -> Iterator[str]:
    """Yield what an expression names and no series has."""
    found = used(expr)
    known = set(OF_TARGETS)
    for name, wanted in found.metrics:
        series = [sample.labels for sample in samples if sample.name == name]
        known |= {label for labels in series for label in labels}
        own = {label: value for label, value in wanted.items() if label not in OF_TARGETS}
        if not any(own.items() <= labels.items() for labels in series):
            yield f"no series {name}{own or ''}"
    yield from (f"no label {label}" for label in found.labels - known)


def _stored(label: str) -> str:
    return f"exported_{label}" if label in OF_TARGETS else label
