"""Results: what a page or a plot reads, a small file for each pair in `build/bench/results/`.

`rounds.report` saves one for each side of which something is asked.
"""

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent.parent / "build" / "bench" / "results"


@dataclass(frozen=True)
class Measured:
    """One side of a pair: its name, and its figure in each round."""

    name: str
    values: Sequence[float]

    @property
    def median(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.values)


def ratios(ours: Measured, against: Measured) -> list[float]:
    """Return the ratio in each round; its spread is from the lowest to the highest."""
    pairs = zip(ours.values, against.values, strict=True)
    return [one / other for one, other in pairs]


def met(figure: float, at_least: float | None, at_most: float | None) -> bool:
    """Return whether a figure is within what is asked of it."""
    return (at_least is None or figure >= at_least) and (at_most is None or figure <= at_most)


def save(
    name: str,
    ours: Measured,
    against: Measured | None,
    *,
    title: str,
    unit: str,
    at_least: float | None = None,
    at_most: float | None = None,
    versions: Mapping[str, str] | None = None,
) -> Path:
    """Write `NAME.json`, and return its path.

    `at_least` and `at_most` bound the ratio of the medians; without `against`, our median itself.
    """
    figure = ours.median if against is None else ours.median / against.median
    document = {
        "name": name,
        "title": title,
        "unit": unit,
        "ours": _side(ours),
        "against": against and _side(against),
        "ratio": against and figure,
        "ratios": ratios(ours, against) if against else [],
        "at_least": at_least,
        "at_most": at_most,
        "met": met(figure, at_least, at_most),
        "rounds": len(ours.values),
        "command": command(sys.argv),
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine(),
        "versions": {"Python": platform.python_version(), **(versions or {})},
    }
    FOLDER.mkdir(parents=True, exist_ok=True)
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(document, indent=1) + "\n")
    return path


def load() -> list[dict[str, Any]]:
    """Return what was saved, by name."""
    paths = sorted(FOLDER.glob("*.json"), key=lambda path: path.stem)
    return [json.loads(path.read_text()) for path in paths]


def machine() -> dict[str, Any]:
    """Return the size of this machine, and what it runs."""
    pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    return {
        "cores": os.cpu_count(),
        "memory_gb": round(pages * size / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def command(arguments: Sequence[str]) -> str:
    """Return how a program of this package, started with these, is started by hand."""
    name = Path(arguments[0]).stem
    return " ".join(["./run bench --", name, *arguments[1:]])


def _side(side: Measured) -> dict[str, Any]:
    return {"name": side.name, "median": side.median, "values": list(side.values)}
