"""Puts the tables of the last runs into the documentation: `./run chaos -- page`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.chaos.__main__ import FOLDER
from tests.chaos.mutants.__main__ import REPORT as MUTANTS
from tests.chaos.report import by_transport, by_type, of_remote
from tools.service import ROOT

REPORT = FOLDER / "chaos.json"
RESULTS = Path(__file__).with_name("results.md")
FOUND = Path(__file__).with_name("found.md")


def table(report: Mapping[str, Any], date: str) -> Iterator[str]:
    """Yield the lines of a table by kind, and one that tells which run it was."""
    yield "| fault | faults | accepted | lost | doubled | slowest recovery |"
    yield "|---|--:|--:|--:|--:|--:|"
    for kind, line in report["kinds"].items():
        yield _row(kind, line)
    yield _row("**all**", report["all"])
    yield ""
    yield "| work of the workers | |"
    yield "|---|--:|"
    for name, count in report["work"].items():
        yield f"| {name} | {count:,} |"
    yield ""
    yield f"Remote calls: {of_remote(report['remote'])}."
    yield ""
    accepted = by_type(report["accepted"])
    yield (
        f"{date}, seed {report['seed']}, {report['seconds']:,.0f} s,"
        f" {report['rate']:,.0f} items a second asked for."
        f" Accepted: {accepted}; {by_transport(report['transports'])}."
        f" Findings: {len(report['findings'])}."
    )


def found(report: Iterable[Mapping[str, Any]], date: str) -> Iterator[str]:
    """Yield the lines of a table by mutant, and the date."""
    yield "| broken | under | found as | |"
    yield "|---|---|---|---|"
    for mutant in report:
        mark = "✓" if mutant["is_right"] else "✗"
        yield f"| {mutant['name']} | {mutant['faults']} | {mutant['found']} | {mark} |"
    yield ""
    yield f"{date}."


def _row(kind: str, line: Mapping[str, Any]) -> str:
    counts = " | ".join(f"{line[name]:,}" for name in ("faults", "accepted", "lost", "doubled"))
    return f"| {kind} | {counts} | {line['slowest']:.1f} s |"


def main() -> None:
    """Write the table of each run that there was."""
    pages = ((REPORT, table, RESULTS), (MUTANTS, found, FOUND))
    there = [page for page in pages if page[0].exists()]
    if not there:
        raise SystemExit("there is no report: run chaos first")
    for report, lines, page in there:
        date = datetime.fromtimestamp(report.stat().st_mtime, UTC).date().isoformat()
        written = "\n".join(lines(json.loads(report.read_text()), date))
        page.write_text(f"{written}\n", "utf-8")
        print(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
