"""One benchmark in this tree and in an earlier commit: `./run bench -- against COMMIT register`.

The arguments after the name go to the benchmark:
`-- against COMMIT consume --rounds 5 --count 20000`. The two trees take turns, one round each, so
that what slows the machine slows both.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from rich.table import Table

from benchmarks.page import figure
from benchmarks.rounds import Sample, console
from tools.releases import git
from tools.service import ROOT


@dataclass
class Tree:
    """One checkout, and the samples of each side of the benchmark in it."""

    name: str
    path: Path
    samples: dict[str, list[Sample]] = field(default_factory=dict)

    def measure(self, program: str, options: Sequence[str]) -> None:
        """Run one round; raises `CalledProcessError` where the benchmark fails."""
        command = [sys.executable, "-m", f"benchmarks.{program}", "--rounds=1", *options]
        console.print(f"[dim]{self.name}")
        began = time.time_ns()
        subprocess.run(command, cwd=self.path, check=True)
        # A program with several comparisons writes a document for each.
        for path in sorted((self.path / "build" / "bench").glob("*.json")):
            if path.stat().st_mtime_ns < began:
                continue
            for side, samples in json.loads(path.read_text())["sides"].items():
                name = side if path.stem == program else f"{path.stem}: {side}"
                self.samples.setdefault(name, []).extend(Sample(**sample) for sample in samples)


def table(program: str, before: Tree, now: Tree) -> Table:
    """Return the medians of both trees, side by side, and the ratio of now to before."""
    shown = Table(title=program, title_justify="left", title_style="bold", box=None)
    shown.add_column("side", no_wrap=True)
    for heading in (before.name, now.name, "ratio", "lowest", "highest", "CPU µs", "ratio"):
        shown.add_column(heading, justify="right")
    for side in before.samples:
        if side in now.samples:
            shown.add_row(side, *_cells(before.samples[side], now.samples[side]))
    return shown


def _cells(before: Sequence[Sample], now: Sequence[Sample]) -> list[str]:
    old, new = median(each.value for each in before), median(each.value for each in now)
    pairs = [ours.value / theirs.value for theirs, ours in zip(before, now, strict=True)]
    cells = [figure(old), figure(new), f"{new / old:.3f}"]
    cells += [f"{min(pairs):.2f}", f"{max(pairs):.2f}"]
    spent = [[each.cpu for each in side if each.cpu is not None] for side in (before, now)]
    if all(spent):
        was, is_now = map(median, spent)
        cells += [f"{is_now:,.1f}", f"{is_now / was:.3f}"]
    return cells


def main(options: argparse.Namespace, given: Sequence[str]) -> None:
    """Print the comparison."""
    with tempfile.TemporaryDirectory(prefix="against-") as folder:
        earlier = Path(folder) / "tree"
        git(ROOT, "clone", "--quiet", "--no-checkout", str(ROOT), str(earlier))
        git(earlier, "checkout", "--quiet", git(ROOT, "rev-parse", options.commit).strip())
        before, now = Tree(options.commit, earlier), Tree("now", ROOT)
        for number in range(options.rounds):
            for tree in (before, now) if number % 2 == 0 else (now, before):
                tree.measure(options.program, given)
    console.print(table(options.program, before, now))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- against", description=__doc__)
    parser.add_argument("commit", help="what to compare with, such as a tag")
    parser.add_argument("program", help="a benchmark that has --rounds, such as register")
    parser.add_argument("--rounds", type=int, default=5)
    main(*parser.parse_known_args())
