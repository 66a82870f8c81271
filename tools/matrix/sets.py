"""The answer sets to render, by name."""

from collections.abc import Iterable
from itertools import product

from allpairspy import AllPairs

from tests.matrix import CASES, WORDINGS, Answers
from tools.matrix.values import Value, asked, values

# The questions that decide which files exist: always multiplied out. The other choices are, too, as
# long as it does not become too many; pairs have them in any case.
PARTS = ("roles", "transports")
MANY = 100


def named() -> dict[str, Answers]:
    """Return those with a name, which the tests render, too."""
    return {**CASES, **WORDINGS}


def pairwise() -> dict[str, Answers]:
    """Return sets that have every pair of values of any two questions."""
    names = list(asked())
    found = AllPairs([values(name) for name in names])
    return {
        f"pairs-{number:02}": answers(zip(names, combination, strict=True))
        for number, combination in enumerate(found, 1)
    }


def multiplied(many: int = MANY) -> dict[str, Answers]:
    """Return the full product of roles and transports, and of more while that gives few."""
    names = list(PARTS)
    size = count(names)
    for name in (it for it in asked() if it not in PARTS and "choices" in asked()[it]):
        if size * count([name]) <= many:
            names.append(name)
            size *= count([name])
    rows = product(*(values(name) for name in names))
    sets = (answers(zip(names, row, strict=True)) for row in rows)
    return {" ".join(f"{name}={spell(it[name])}" for name in names): it for it in sets}


def count(names: Iterable[str]) -> int:
    """Return how many combinations the values of these questions have."""
    size = 1
    for name in names:
        size *= len(values(name))
    return size


def answers(given: Iterable[tuple[str, Value]]) -> Answers:
    """Return what Copier is told: lists for subsets, and nothing for the default."""
    said = ((name, value) for name, value in given if value is not None)
    return {name: list(it) if isinstance(it, tuple) else it for name, it in said}


def spell(value: object) -> str:
    """Return a value as a part of a name."""
    return "+".join(value) or "none" if isinstance(value, list) else str(value)
