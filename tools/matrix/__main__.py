"""Renders every answer set and checks what comes out: `./run matrix [-- SET … --own-tests]`.

The sets: those with a name, those that have every pair of answers, and the full product of roles
and transports. If several have the same Python, the checks that read only code run on one.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from tests.matrix import Answers
from tools.drill.verdict import console
from tools.in_place import make_tested_environment
from tools.matrix.outcome import Outcome
from tools.matrix.rendering import Rendering
from tools.matrix.report import sentence, table
from tools.matrix.sets import multiplied, named, pairwise
from tools.matrix.work import look, look_closely, run_own
from tools.service import find_python
from tools.working_tree import copy_tree


def main(options: argparse.Namespace) -> int:
    """Return 0 where no check finds anything, 2 where no set is called so."""
    begun = time.monotonic()
    every = {"named": named(), "by pairs": pairwise(), "multiplied": multiplied()}
    kinds = {kind: chosen(sets, options.set) for kind, sets in every.items()}
    if not any(kinds.values()):
        console.print("no set has a name that begins so: try defaults, pairs- or roles=")
        return 2
    make_tested_environment()
    with (
        tempfile.TemporaryDirectory(prefix="shallot-matrix-") as folder,
        ProcessPoolExecutor(options.jobs) as pool,
    ):
        copy_tree(template := Path(folder, "template"))
        sets = {name: answers for kind in kinds.values() for name, answers in kind.items()}
        renderings = {
            name: Rendering(Path(folder, f"service-{number}"), answers)
            for number, (name, answers) in enumerate(sets.items(), 1)
        }
        looked = told(pool.map(partial(look, template), renderings, renderings.values()))
        trees = distinct(looked, renderings)
        closely = pool.map(partial(look_closely, template), trees, trees.values())
        outcomes = [*looked, *told(closely)]
        if options.own_tests:
            paired = [it for it in looked if it.name in kinds["by pairs"]]
            installed = distinct(paired, renderings, python=find_python())
            outcomes += told(run_own(template, name, it) for name, it in installed.items())
    console.print(table(outcomes))
    sizes = {kind: len(sets) for kind, sets in kinds.items()}
    console.print(sentence(sizes, len(trees), time.monotonic() - begun))
    return 1 if any(outcome.lines() for outcome in outcomes) else 0


def chosen(sets: Mapping[str, Answers], beginnings: list[str]) -> dict[str, Answers]:
    """Return the sets whose names begin so, or all where `beginnings` is empty."""
    begin = tuple(beginnings or [""])
    return {name: answers for name, answers in sets.items() if name.startswith(begin)}


def told(outcomes: Iterable[Outcome]) -> list[Outcome]:
    """Return the outcomes, each told when it is there."""
    found = []
    for outcome in outcomes:
        console.print(*outcome.lines() or [f"{outcome.name}: good"], sep="\n", markup=False)
        found.append(outcome)
    return found


def distinct(
    outcomes: Iterable[Outcome], renderings: Mapping[str, Rendering], python: str = ""
) -> dict[str, Rendering]:
    """Return a rendering for each code, by name: the one to which most was answered.

    A failed rendering has none. If `python` is a version, only from those that run on it.
    """
    found: dict[str, str] = {}
    for outcome in outcomes:
        answers = renderings[outcome.name].answers
        if not outcome.code or (python and str(answers["python_version"]) > python):
            continue
        other = found.get(outcome.code)
        if other is None or len(answers) > len(renderings[other].answers):
            found[outcome.code] = outcome.name
    return {name: renderings[name] for name in found.values()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="matrix", description=__doc__)
    parser.add_argument("set", nargs="*", help="how names begin, such as pairs-; all by default")
    parser.add_argument("--own-tests", action="store_true", help="each project's own, too")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="how many at a time")
    sys.exit(main(parser.parse_args()))
