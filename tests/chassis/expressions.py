"""The expressions of the rules, the dashboards and the autoscaler, and what they name.

This repository reads them, too, for a page of its documentation. So only the standard library is
here.
"""

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, NamedTuple

EXPORTERS = Path(__file__).with_name("exporters.csv")
ROLES = ("producer", "consumer", "worker")

_OPERATORS = {"and", "or", "unless"}
_GROUPED = re.compile(r"\b(?:by|on|ignoring|group_left)\s*\(([^)]*)\)")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
_SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)(?![\w:]|\s*\()(\{[^}]*\})?")
# A query of KEDA, which Helm puts the labels of the release into.
_TRIGGER = re.compile(r'query: \{\{ printf "([^"]+)"')


class Used(NamedTuple):
    """The names in an expression: each metric with the values that it asks for, and all labels."""

    metrics: list[tuple[str, dict[str, str]]]
    labels: set[str]


class Expression(NamedTuple):
    """An expression, and the name of the rule, the panel or the trigger that has it."""

    kind: Literal["record", "alert", "panel", "trigger"]
    name: str
    text: str


def expressions(deploy: Path, groups: Iterable[Mapping[str, Any]]) -> list[Expression]:
    """Return all expressions in a service's folder `deploy`; `groups` are those of its rules."""
    found = []
    for group in groups:
        for rule in group["rules"]:
            kind: Literal["record", "alert"] = "alert" if "alert" in rule else "record"
            found.append(Expression(kind, rule[kind], rule["expr"]))
    for path in sorted((deploy / "monitoring" / "grafana" / "dashboards").glob("*.json")):
        for panel in json.loads(path.read_text("utf-8"))["panels"]:
            for target in panel.get("targets", []):
                name = f"{path.stem}: {panel['title']}"
                found.append(Expression("panel", name, target["expr"]))
    scaling = deploy / "helm" / "templates" / "scaling.yaml"
    queries = _TRIGGER.findall(scaling.read_text("utf-8")) if scaling.exists() else []
    return [*found, *(Expression("trigger", "KEDA", it.replace("%q", '"a"')) for it in queries)]


def metrics_of(found: Iterable[Expression]) -> Iterator[tuple[Expression, str]]:
    """Yield each alert, panel and trigger with each metric that it names, once.

    A record is no metric of an exporter: the metrics that it is made of stand for it.
    """
    records: dict[str, set[str]] = {}
    for each in found:
        names = {name for name, _ in used(each.text).metrics}
        known = set().union(*(records.get(name, {name}) for name in names))
        if each.kind == "record":
            records[each.name] = known
        else:
            yield from ((each, name) for name in sorted(known))


def exporters() -> dict[str, tuple[str, ...]]:
    """Return the table: which roles export a metric, or which server."""
    with EXPORTERS.open(encoding="utf-8", newline="") as file:
        return {row["metric"]: tuple(row["exported by"].split()) for row in csv.DictReader(file)}


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
