"""The report: a table by kind of fault, for people, and the whole of it in JSON."""

import json
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.chaos.checker import Checked
from tests.chaos.finding import Finding, lines
from tests.chaos.history import Event
from tools.drill.verdict import WIDTH

LOST = ("lost", "never delivered", "unseen")
DOUBLED = ("doubled", "seen again", "another id for the same key")
ANSWERED = ("answered", "unanswered")

console = Console(highlight=False, width=WIDTH)


@dataclass
class Window:
    """The time from a step's first blow until all went on again, with the kinds that struck."""

    kinds: Sequence[str]
    begin: float
    end: float = float("inf")
    recovery: float | None = None


@dataclass
class Line:
    """The results of one kind of fault; `accepted` while it lasted, until the recovery's end."""

    faults: int = 0
    accepted: int = 0
    lost: int = 0
    doubled: int = 0
    slowest: float = 0.0


def windows(history: Iterable[Event]) -> list[Window]:
    """Return the windows of all steps, in order; they do not overlap."""
    found: list[Window] = []
    for event in history:
        match event["event"]:
            case "step":
                found.append(Window(event["kinds"], event["at"]))
            case "recovered":
                found[-1].end, found[-1].recovery = event["at"], event["seconds"]
            case "not recovered":
                found[-1].end, found[-1].recovery = event["at"], event["seconds"]
    return found


def by_kind(spans: Iterable[Window], checked: Checked) -> dict[str, Line]:
    """Add up by kind; what happened under two at once counts for both."""
    table: dict[str, Line] = {}
    lost, doubled = _times(checked.findings, LOST), _times(checked.findings, DOUBLED)
    for span in spans:
        for kind in span.kinds:
            line = table.setdefault(kind, Line())
            line.faults += 1
            line.accepted += _between(checked.accepted, span)
            line.lost += _between(lost, span)
            line.doubled += _between(doubled, span)
            line.slowest = max(line.slowest, span.recovery or 0.0)
    return dict(sorted(table.items()))


def overall(spans: Sequence[Window], checked: Checked) -> Line:
    """Add up the whole run, each thing once."""
    return Line(
        faults=sum(len(span.kinds) for span in spans),
        accepted=len(checked.accepted),
        lost=sum(finding.what in LOST for finding in checked.findings),
        doubled=sum(finding.what in DOUBLED for finding in checked.findings),
        slowest=max((span.recovery or 0.0 for span in spans), default=0.0),
    )


def by_transport(accepted: Mapping[str, int]) -> str:
    """Return how many items were accepted over each transport, for people."""
    return ", ".join(f"{count:,} over {name}" for name, count in sorted(accepted.items()))


def by_type(accepted: Mapping[str, int]) -> str:
    """Return how many items of each type were accepted, for people."""
    return ", ".join(f"{count:,} of {name}" for name, count in sorted(accepted.items()))


def of_work(work: Mapping[str, int]) -> str:
    """Return what the workers did, for people."""
    return ", ".join(f"{name} {count:,}" for name, count in work.items())


def of_remote(remote: Mapping[str, int]) -> str:
    """Return how remote calls ended: answers, typed errors by their words, those without an end."""
    errors = {word: count for word, count in sorted(remote.items()) if word not in ANSWERED}
    words = ", ".join(f"{count:,} {word}" for word, count in errors.items())
    return (
        f"{remote.get('answered', 0):,} answered, {sum(errors.values()):,} with typed errors"
        f" ({words or 'none'}), {remote.get('unanswered', 0):,} without an end"
    )


def show(title: str, table: Mapping[str, Line], total: Line, checked: Checked) -> None:
    """Print the table, and what was found."""
    shown = Table(title=title, title_justify="left", title_style="bold", box=None)
    shown.add_column("fault", no_wrap=True)
    for heading in ("faults", "accepted", "lost", "doubled", "slowest recovery"):
        shown.add_column(heading, justify="right")
    for kind, line in [*table.items(), ("all", total)]:
        counts = (line.faults, line.accepted, line.lost, line.doubled)
        cells = (kind, *(f"{count:,}" for count in counts), f"{line.slowest:.1f} s")
        shown.add_row(*cells, style="bold" if line is total else None)
    console.print(shown)
    console.print(f"accepted: {by_type(checked.by_type)}")
    console.print(f"accepted: {by_transport(checked.by_transport)}")
    console.print(f"workers: {of_work(checked.work)}")
    console.print(f"remote calls: {of_remote(checked.remote)}")
    for told in lines(checked.findings):
        console.print(told, style="bold red", markup=False)


def save(
    path: Path,
    about: Mapping[str, object],
    table: Mapping[str, Line],
    total: Line,
    checked: Checked,
) -> None:
    """Write all of it down, with what `about` says of the run."""
    content = {
        **about,
        "kinds": {kind: asdict(line) for kind, line in table.items()},
        "all": asdict(total),
        "accepted": checked.by_type,
        "transports": checked.by_transport,
        "work": checked.work,
        "remote": checked.remote,
        "findings": [finding._asdict() for finding in checked.findings],
    }
    path.write_text(json.dumps(content, indent=2) + "\n")


def _times(findings: Iterable[Finding], kinds: Sequence[str]) -> list[float]:
    return sorted(each.at for each in findings if each.what in kinds and each.at is not None)


def _between(times: Sequence[float], span: Window) -> int:
    return bisect_left(times, span.end) - bisect_left(times, span.begin)
