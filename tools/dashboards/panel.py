"""A panel: a title, its queries and how their values are shown."""

from typing import NamedTuple

# The services that the page shows; Grafana puts the choice in.
JOB = 'job=~"$job"'
# Grafana puts in a range that has several scrapes.
RANGE = "[$__rate_interval]"


class Query(NamedTuple):
    """An expression of PromQL, and the name of each of its series."""

    expr: str
    legend: str


class Panel(NamedTuple):
    """A graph over time. `unit` is one of Grafana's; `about` is for a reader of the panel."""

    title: str
    unit: str
    about: str
    queries: tuple[Query, ...]


class Row(NamedTuple):
    """Panels under a common title."""

    title: str
    panels: tuple[Panel, ...]


class Page(NamedTuple):
    """A dashboard. `name` is its file and its address."""

    name: str
    title: str
    rows: tuple[Row, ...]


def rate(metric: str, by: str, *labels: str) -> str:
    """Return the increase of a counter per second, summed up by these labels."""
    matchers = ",".join((JOB, *labels))
    return f"sum by ({by}) (rate({metric}{{{matchers}}}{RANGE}))"


def greatest(metric: str, by: str = "job") -> str:
    """Return the greatest value of a gauge over the replicas."""
    return f"max by ({by}) ({metric}{{{JOB}}})"


def total(metric: str, by: str = "job") -> str:
    """Return the sum of a gauge over the replicas."""
    return f"sum by ({by}) ({metric}{{{JOB}}})"


def quantile(share: float, histogram: str, by: str) -> str:
    """Return a quantile of a histogram over the last minutes."""
    return f"histogram_quantile({share}, {rate(f'{histogram}_bucket', f'{by}, le')})"
