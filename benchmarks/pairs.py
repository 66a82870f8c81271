"""Every pair, one after the other, and one table of all: `./run bench`, or `./run bench -- pairs`.

`--quick` shows that all of them run, in a few minutes, with figures that mean little.
"""

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence

from rich.table import Table

from benchmarks import results
from benchmarks.chart import Result
from benchmarks.page import asked, figure
from benchmarks.rounds import console
from tools.service import ROOT

# The programs that compare, each with the options of a short run; without, it has its own.
PROGRAMS: Mapping[str, Sequence[str]] = {
    "register": ("--rounds=2", "--seconds=3"),
    "request_log": ("--rounds=3", "--seconds=2"),
    "register_peers": ("--rounds=2", "--seconds=3"),
    "consume": ("--rounds=2", "--count=5000"),
    "consume_peers": ("--rounds=2", "--count=5000"),
    "lone": ("--rounds=2", "--seconds=2"),
    "relay": ("--rounds=2", "--count=5000"),
    "embedded": ("--rounds=2", "--seconds=3"),
    "layers": ("--rounds=2", "--seconds=3", "--count=5000"),
    "transports": ("--rounds=2", "--seconds=1"),
    "transports_real": ("--rounds=2", "--seconds=3"),
    "tracing": ("--rounds=2", "--seconds=3"),
    "lists": ("--rounds=2", "--seconds=1", "--rows=100000"),
    "copying": ("--rounds=2",),
    "scale": ("--rounds=1", "--seconds=3", "--count=50000"),
}


def show(found: Sequence[Result]) -> None:
    """Print the results."""
    table = Table(title="all pairs", title_justify="left", title_style="bold", box=None)
    for heading in ("pair", "ours", "against", "ratio", "spread", "asked", "met"):
        table.add_column(heading, justify="left" if heading == "pair" else "right")
    for result in found:
        table.add_row(*_cells(result))
    console.print(table)


def _cells(result: Result) -> list[str]:
    ours, against, unit = result["ours"], result["against"], result["unit"]
    met = "[green]✓" if result["met"] else "[bold red]✗"
    cells = [result["name"], f"{figure(ours['median'])} {unit}"]
    if against is None:
        return [*cells, "", "", "", asked(result), met]
    spread = f"{min(result['ratios']):.2f} to {max(result['ratios']):.2f}"
    cells += [f"{figure(against['median'])} {unit}", f"{result['ratio']:.3f}", spread]
    return [*cells, asked(result), met]


def main(options: argparse.Namespace) -> int:
    """Return 0 where every program has run; what is asked may be missed on a busy machine."""
    failed = []
    for name in options.program or PROGRAMS:
        console.print(f"\n[bold]{name}")
        line = [sys.executable, "-m", f"benchmarks.{name}"]
        line += PROGRAMS[name] if options.quick else ()
        if subprocess.run(line, cwd=ROOT, check=False).returncode:
            failed.append(name)
    show(results.load())
    for name in failed:
        console.print(f"[bold red]{name} has failed")
    return 1 if failed else 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench -- pairs", description=__doc__)
    parser.add_argument("program", nargs="*", metavar="PROGRAM", help=", ".join(PROGRAMS))
    parser.add_argument("--quick", action="store_true")
    sys.exit(main(parser.parse_args()))
