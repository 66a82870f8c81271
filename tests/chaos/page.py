"""Puts the table of the last run into the documentation: `./run chaos -- page`."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.__main__ import FOLDER
from tools.service import ROOT

REPORT = FOLDER / "chaos.json"
TABLE = Path(__file__).with_name("results.md")


def table(report: Mapping[str, Any], date: str) -> Iterator[str]:
    """Yield the lines of a table by kind, and one that tells which run it was."""
    yield "| fault | faults | accepted | lost | doubled | slowest recovery |"
    yield "|---|--:|--:|--:|--:|--:|"
    for kind, line in report["kinds"].items():
        yield _row(kind, line)
    yield _row("**all**", report["all"])
    yield ""
    yield (
        f"{date}, seed {report['seed']}, {report['seconds']:,.0f} s,"
        f" {report['rate']:,.0f} notifications a second asked for."
        f" Findings: {len(report['findings'])}."
    )


def _row(kind: str, line: Mapping[str, Any]) -> str:
    counts = " | ".join(f"{line[name]:,}" for name in ("faults", "accepted", "lost", "doubled"))
    return f"| {kind} | {counts} | {line['slowest']:.1f} s |"


def main() -> None:
    """Write the table."""
    if not REPORT.exists():
        raise SystemExit("there is no report: run chaos first")
    date = datetime.fromtimestamp(REPORT.stat().st_mtime, UTC).date().isoformat()
    lines = table(json.loads(REPORT.read_text()), date)
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"written: {TABLE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
