"""The mutation score, by module, and the survivors that are explained."""

import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from tools.mutation.verdicts import Mutant

EXPLAINED = Path(__file__).with_name("survivors.toml")
LEAST = 95.0


def score(mutants: Iterable[Mutant]) -> float:
    """Return how many of the tried ones the tests have found, in percent."""
    counts = Counter(mutant.verdict for mutant in mutants)
    found = counts["killed"] + counts["timed out"]
    tried = found + counts["survived"]
    return 100 * found / tried if tried else 0.0


def explained() -> Mapping[str, str]:
    """Return why survivors may live, by a pattern of their names."""
    reasons: dict[str, str] = tomllib.loads(EXPLAINED.read_text())
    return reasons


def unexplained(mutants: Iterable[Mutant], reasons: Mapping[str, str]) -> list[str]:
    """Return the names of the survivors that no pattern speaks of."""
    return [
        mutant.name
        for mutant in mutants
        if mutant.verdict == "survived"
        and not any(fnmatchcase(mutant.name, pattern) for pattern in reasons)
    ]


def table(mutants: Sequence[Mutant]) -> str:
    """Return a line for each module, the worst first, and one for all."""
    modules: dict[str, list[Mutant]] = {}
    for mutant in mutants:
        modules.setdefault(mutant.module, []).append(mutant)
    rows = sorted(modules.items(), key=lambda item: score(item[1]))
    return "\n".join(_line(name, each) for name, each in [*rows, ("all", mutants)])


def _line(name: str, mutants: Sequence[Mutant]) -> str:
    counts = Counter(mutant.verdict for mutant in mutants)
    return (
        f"{name:<60} {counts['killed']:>5} killed {counts['timed out']:>4} timed out "
        f"{counts['survived']:>4} survived {counts['untried']:>5} untried {score(mutants):>6.1f} %"
    )
