"""Rounds: the sides of a comparison, measured in turns so that what slows the machine slows all.

Prints one table of medians with their spread, and each side's ratio to the first one.
"""

import json
import os
import platform
import statistics
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table

FOLDER = Path(__file__).parent.parent / "build" / "bench"

console = Console(highlight=False)


@dataclass(frozen=True)
class Sample:
    """One measurement: `value` in the comparison's unit, `cpu` in µs of the process per piece."""

    value: float
    cpu: float | None = None
    note: str = ""


@dataclass
class Side:
    """One side of a comparison, and what was measured of it.

    `at_least` and `at_most` bound its ratio to the first side, where something is asked of it.
    """

    name: str
    measure: Callable[[], Awaitable[Sample]]
    at_least: float | None = None
    at_most: float | None = None
    samples: list[Sample] = field(default_factory=list)

    @property
    def median(self) -> float:
        """The median of what was measured."""
        return statistics.median(sample.value for sample in self.samples)

    @property
    def cpu(self) -> float | None:
        """The median of the processor time, where it was measured."""
        times = [sample.cpu for sample in self.samples if sample.cpu is not None]
        return statistics.median(times) if times else None


async def alternate(sides: Sequence[Side], rounds: int) -> None:
    """Measure every side once in each round, in turns forwards and backwards."""
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            sample = await side.measure()
            side.samples.append(sample)
            note = f", {sample.note}" if sample.note else ""
            line = f"[dim]round {number + 1}: {side.name}: {_figure(sample.value)}{note}"
            console.print(line, soft_wrap=True)


def report(name: str, title: str, unit: str, sides: Sequence[Side]) -> None:
    """Print the table, and write the samples to `build/bench/NAME.json`."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("side", no_wrap=True)
    for heading in (unit, "lowest", "highest", "CPU µs", "ratio", "asked"):
        table.add_column(heading, justify="right")
    first = sides[0].median
    for side in sides:
        values = [sample.value for sample in side.samples]
        figures = (side.median, min(values), max(values))
        cpu = f"{side.cpu:,.1f}" if side.cpu is not None else ""
        asked = _asked(side)
        table.add_row(side.name, *map(_figure, figures), cpu, _ratio(side, first), asked)
    console.print(table)
    console.print(f"[dim]{len(sides[0].samples)} rounds, {_machine()}")
    _write(name, title, unit, sides)


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _ratio(side: Side, first: float) -> str:
    ratio = side.median / first
    holds = (side.at_least is None or ratio >= side.at_least) and (
        side.at_most is None or ratio <= side.at_most
    )
    return f"{ratio:.3f}" if holds else f"[bold red]{ratio:.3f}"


def _asked(side: Side) -> str:
    if side.at_least is not None:
        return f"≥ {side.at_least:.2f}"
    return f"≤ {side.at_most:.2f}" if side.at_most is not None else ""


def _machine() -> str:
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}"


def _write(name: str, title: str, unit: str, sides: Sequence[Side]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    samples = {side.name: [asdict(sample) for sample in side.samples] for side in sides}
    document = {"title": title, "unit": unit, "machine": _machine(), "sides": samples}
    (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
