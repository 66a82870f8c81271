"""The expressions of the rules and the dashboards, and which metrics and labels they use."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
from prometheus_client.parser import text_string_to_metric_families

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"

# Prometheus itself adds these to each series.
OF_TARGETS = frozenset({"job", "instance"})
_OPERATORS = {"and", "or", "unless"}
_GROUPED = re.compile(r"\b(?:by|on|ignoring|group_left)\s*\(([^)]*)\)")
_MATCHERS = re.compile(r"\{([^}]*)\}")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)(?![\w:]|\s*\()(\{[^}]*\})?")


class Used(NamedTuple):
    """The names in an expression: each metric with the values that it asks for, and all labels."""

    metrics: list[tuple[str, dict[str, str]]]
    labels: set[str]


class Sample(NamedTuple):
    """A series: the name of its metric, and its labels."""

    name: str
    labels: Mapping[str, str]


def rules() -> Iterator[dict[str, Any]]:
    """Yield each rule: it has `record` or `alert`, and `expr`."""
    for group in msgspec.yaml.decode((MONITORING / "rules.yml").read_bytes())["groups"]:
        yield from group["rules"]


def queries() -> Iterator[tuple[str, str]]:
    """Yield the name and the expression of each query of a panel."""
    for path in sorted((MONITORING / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", []):
                yield f"{path.stem}: {panel['title']}", target["expr"]


def used(expr: str) -> Used:
    """Return what an expression names."""
    text = re.sub(r"\[[^\]]*\]", "", expr)
    labels = {name for found in _GROUPED.findall(text) for name in re.findall(r"\w+", found)}
    metrics = []
    for name, matchers in _SELECTOR.findall(_GROUPED.sub("", text)):
        if name not in _OPERATORS:
            found = _MATCHER.findall(matchers)
            labels |= {label for label, _, _ in found}
            metrics.append((name, {label: value for label, sign, value in found if sign == "="}))
    return Used(metrics, labels)


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
