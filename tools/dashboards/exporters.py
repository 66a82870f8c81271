"""The page of the metrics behind alerts and panels: which roles, or which server, export each."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

import yaml

from tests.chassis.expressions import ROLES, Expression, exporters, expressions, metrics_of
from tools.service import ROOT

DEPLOY = ROOT / "template" / "deploy"
PAGE = ROOT / "docs" / "reference" / "monitored-metrics.md"
SERVERS = {"rabbitmq": "RabbitMQ", "prometheus": "Prometheus"}

_HEAD = """# Metrics of alerts and panels

Each metric that an alert or a panel names, and the roles that export it from the first scrape on.
An alert of a role is silent in a service without that role. Metrics of durable jobs need a handler
of one. [Metrics](metrics.md) says what each means, and
[Monitoring](../operations/monitoring.md) what is tested.

The page is made from `rules.yml`, the dashboards, the chart and a table of exporters. A test starts
each role, and compares the table with its first scrape. Change the table in
`tests/chassis/exporters.csv`, then run `./run dashboards`.
"""
_SECTIONS = (
    ("alert", "## Alerts", "alert"),
    ("panel", "## Panels", "dashboard and panel"),
    ("trigger", "## Autoscaling", "by"),
)


def page() -> str:
    """Return the page."""
    found = [*metrics_of(template_expressions())]
    return "\n".join([_HEAD.rstrip(), *_lines(found)]) + "\n"


def template_expressions() -> list[Expression]:
    """Return the expressions of the template."""
    rules = yaml.safe_load((DEPLOY / "monitoring" / "rules.yml").read_text("utf-8"))
    return expressions(DEPLOY, rules["groups"])


def write(path: Path = PAGE) -> None:
    """Write the page."""
    path.write_text(page(), encoding="utf-8")


def _lines(found: Iterable[tuple[Expression, str]]) -> Iterator[str]:
    known = exporters()
    for kind, heading, column in _SECTIONS:
        rows = [(each.name, metric) for each, metric in found if each.kind == kind]
        yield from ("", heading, "", f"| {column} | metric | exported by |", "|---|---|---|")
        for name, same in groupby(dict.fromkeys(rows), key=lambda row: row[0]):
            shown = f"`{name}`" if kind == "alert" else name
            for _, metric in same:
                yield f"| {shown} | `{metric}` | {_exporters(known[metric])} |"
                shown = ""


def _exporters(names: tuple[str, ...]) -> str:
    if names == ROLES:
        return "every role"
    return ", ".join(SERVERS.get(name, f"`{name}`") for name in names)
