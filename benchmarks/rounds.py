"""Rounds: the sides of a comparison, measured in turns so that what slows the machine slows all.

Prints one table of medians with their spread, and each side's ratio to the first one.
"""

import json
import re
import shutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median

from rich.console import Console
from rich.table import Table

from benchmarks import results
from benchmarks.results import Measured, machine, met, ratios

FOLDER = Path(__file__).parent.parent / "build" / "bench"

# Without a terminal, or in a narrow one, the table keeps its figures.
console = Console(highlight=False, width=max(shutil.get_terminal_size().columns, 110))


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
    def measured(self) -> Measured:
        """The measurements, for the results."""
        return Measured(self.name, [sample.value for sample in self.samples])

    @property
    def cpu(self) -> float | None:
        """The median of the processor time, where it was measured."""
        times = [sample.cpu for sample in self.samples if sample.cpu is not None]
        return median(times) if times else None

    @property
    def bounded(self) -> bool:
        """Whether something is asked of it."""
        return self.at_least is not None or self.at_most is not None


async def alternate(sides: Sequence[Side], rounds: int) -> None:
    """Measure every side once in each round, in turns forwards and backwards."""
    for number in range(rounds):
        for side in sides if number % 2 == 0 else reversed(sides):
            sample = await side.measure()
            side.samples.append(sample)
            note = f", {sample.note}" if sample.note else ""
            line = f"[dim]round {number + 1}: {side.name}: {_figure(sample.value)}{note}"
            console.print(line, soft_wrap=True)


def report(
    name: str,
    title: str,
    unit: str,
    sides: Sequence[Side],
    versions: Mapping[str, str] | None = None,
) -> None:
    """Print the table; write the samples to `build/bench/NAME.json`, and the results.

    There is a result, called `NAME-SIDE`, for each side of which something is asked.
    """
    first = sides[0].measured
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("side", no_wrap=True)
    for heading in (unit, "lowest", "highest", "CPU µs", "ratio", "spread", "asked"):
        table.add_column(heading, justify="right")
    for side in sides:
        table.add_row(*_cells(side, first))
    console.print(table)
    told = [f"{what} {version}" for what, version in (versions or {}).items()]
    console.print(", ".join([f"[dim]{len(first.values)} rounds", _machine(), *told]))
    _write(name, title, unit, sides)
    for side in filter(lambda side: side.bounded, sides):
        results.save(
            f"{name}-{_slug(side.name)}",
            side.measured,
            first,
            title=title,
            unit=unit,
            at_least=side.at_least,
            at_most=side.at_most,
            versions=versions,
        )


def _cells(side: Side, first: Measured) -> list[str]:
    ours = side.measured
    figures = [_figure(each) for each in (ours.median, min(ours.values), max(ours.values))]
    cpu = f"{side.cpu:,.1f}" if side.cpu is not None else ""
    ratio, spread = ours.median / first.median, ratios(ours, first)
    colour = "" if met(ratio, side.at_least, side.at_most) else "[bold red]"
    told = [f"{colour}{ratio:.3f}", f"{min(spread):.2f} to {max(spread):.2f}"]
    return [ours.name, *figures, cpu, *told, _asked(side)]


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _asked(side: Side) -> str:
    if side.at_least is not None:
        return f"≥ {side.at_least:.2f}"
    return f"≤ {side.at_most:.2f}" if side.at_most is not None else ""


def _machine() -> str:
    return "{cores} cores, {memory_gb} GB, {system}".format(**machine())


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def _write(name: str, title: str, unit: str, sides: Sequence[Side]) -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    samples = {side.name: [asdict(sample) for sample in side.samples] for side in sides}
    document = {"title": title, "unit": unit, "machine": _machine(), "sides": samples}
    (FOLDER / f"{name}.json").write_text(json.dumps(document, indent=1) + "\n")
