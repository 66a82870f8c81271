"""The queries of the dashboards, answered by Prometheus."""

import json
import math
from collections.abc import Iterator
from pathlib import Path

from tools.drill.alerts.watch import RANGE, Watch
from tools.drill.verdict import Verdict


def queries(dashboards: Path) -> Iterator[tuple[str, str, str]]:
    """Yield the dashboard, the panel and the expression of each query, as Grafana would ask it."""
    for path in sorted(dashboards.glob("*.json")):
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", []):
                asked = target["expr"].replace("$__rate_interval", RANGE).replace("$job", ".+")
                yield path.stem, panel["title"], asked


async def judge_panels(watch: Watch, dashboards: Path, verdict: Verdict) -> None:
    """Check that each query has a series with a number."""
    empty, count, panels = [], 0, set()
    for dashboard, title, asked in queries(dashboards):
        values = await watch.values(asked)
        count += 1
        panels.add((dashboard, title))
        if not any(math.isfinite(value) for value in values):
            empty.append(f"{dashboard}: {title}: {asked}")
    verdict.holds(f"queries of {len(panels)} panels", count > 0, count)
    verdict.equal("  without an answer under load", "; ".join(empty) or "none", "none")
