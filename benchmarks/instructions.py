"""Check whether a hot path has grown: `./run instructions`; `-- --renew` writes its figures again.

Instructions are counted, by valgrind, and never time: a busy machine counts as many as an idle one.
The figure of each path is its ratio to a piece of plain Python that is counted in the same run. So
another processor or build of Python matters little. If a path differs from its figure in
`instructions.json` by more than the tolerance, the run ends with 1. A lower count fails, too,
because a figure that is too high would hide the next growth.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.table import Table

from tools.drill.verdict import console
from tools.required import is_required, program
from tools.service import ROOT, Service, environment, install, render

FIGURES = Path(__file__).with_suffix(".json")
TOLERANCE = 0.10

# As `benchmarks.inside.counted` has them: two runs of each path, so many rounds apart.
PATHS = ("reference", "register", "ingest", "fan_out", "request_log")
ROUNDS = 4


def main(renew: bool) -> int:
    """Return 0 where each path costs what it did."""
    if lacking := program("valgrind"):
        print(f"not counted: it needs {lacking}", file=sys.stderr)
        return 1 if is_required(lacking) else 0
    folder = Path(tempfile.mkdtemp(prefix="shallot-instructions-"))
    try:
        service = render(folder / "service", {"project_name": "counted"})
        install(service, "--group", "dev")
        python, sums = count(service, folder)
    finally:
        shutil.rmtree(folder)
    ratios = ratios_of(sums)
    if renew:
        rounded = {path: round(ratio, 3) for path, ratio in ratios.items()}
        FIGURES.write_text(json.dumps({"python": python, "ratios": rounded}, indent=4) + "\n")
    figures = json.loads(FIGURES.read_text())
    if figures["python"] != python:
        print(f"not compared: the figures are those of Python {figures['python']}, not {python}")
        return 0
    return show(ratios, figures["ratios"])


def count(service: Service, folder: Path) -> tuple[str, list[int]]:
    """Return the version of Python, and what was counted up to each mark."""
    sums = folder / "sums"
    command = ["valgrind", "--tool=callgrind", "--quiet", f"--callgrind-out-file={sums}"]
    command += ["--dump-before=getpriority", service.command("python"), "-m"]
    ran = subprocess.run(
        [*command, "benchmarks.inside.counted"],
        cwd=service.path,
        env={**environment(), "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    files = [Path(f"{sums}.{number}") for number in range(1, 3 * len(PATHS) + 1)]
    return ran.stdout.strip(), [read_sum(file.read_text()) for file in files]


def read_sum(text: str) -> int:
    """Return the sum in a file that callgrind wrote; raises `ValueError` where there is none."""
    for line in reversed(text.splitlines()):
        name, _, value = line.partition(": ")
        if name == "totals":
            return int(value)
    raise ValueError("callgrind has written no sum")


def ratios_of(sums: Sequence[int]) -> dict[str, float]:
    """Return what a round of each path costs, measured in rounds of the reference.

    `sums` has three for each path: all before it, the run of few rounds, and that of many.
    """
    rounds = [(sums[i + 2] - sums[i + 1]) / ROUNDS for i in range(0, len(sums), 3)]
    reference, *others = rounds
    return {path: cost / reference for path, cost in zip(PATHS[1:], others, strict=True)}


def verdict(ratio: float, expected: float) -> str:
    """Return what is wrong with a path's cost, or nothing."""
    change = ratio / expected - 1
    if abs(change) <= TOLERANCE:
        return ""
    if change > 0:
        return "costs more: mend it, or say why and renew the figure"
    return "costs less: renew the figure, with -- --renew"


def show(ratios: Mapping[str, float], expected: Mapping[str, float]) -> int:
    """Print the ratios and the figures; return 0 if all are within the tolerance."""
    title = f"instructions, as ratios to plain Python; ±{TOLERANCE:.0%} is allowed"
    table = Table(title=title, title_justify="left", title_style="bold", box=None)
    table.add_column("path", no_wrap=True)
    for heading in ("ratio", "figure", "change"):
        table.add_column(heading, justify="right")
    table.add_column("")
    wrong = [verdict(ratio, expected[path]) for path, ratio in ratios.items()]
    for (path, ratio), problem in zip(ratios.items(), wrong, strict=True):
        figure = expected[path]
        change = f"{ratio / figure - 1:+.1%}"
        table.add_row(path, f"{ratio:.3f}", f"{figure:.3f}", change, f"[bold red]{problem}")
    console.print(table)
    return 1 if any(wrong) else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="instructions", description=__doc__)
    parser.add_argument("--renew", action="store_true", help="write what is counted as the figures")
    sys.exit(main(parser.parse_args().renew))
