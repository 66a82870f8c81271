"""The answer sets to render, by name."""

from collections.abc import Iterable, Sequence
from functools import partial
from itertools import combinations, product

from allpairspy import AllPairs

from tests.matrix import CASES, WORDINGS, Answers
from tools.matrix.values import Value, asked, values

# The questions that decide which files exist: always multiplied out. The other choices are, too, as
# long as it does not become too many; pairs have them in any case.
PARTS = ("roles", "transports")
MANY = 100

# A question, and values to try for it.
Column = tuple[str, tuple[Value, ...]]


def named() -> dict[str, Answers]:
    """Return those with a name, which the tests render, too."""
    return {**CASES, **WORDINGS}


def pairwise() -> dict[str, Answers]:
    """Return sets that have every pair of values of any two questions.

    Each choice of a multiple choice is a question of its own, yes or no: the number of its subsets
    doubles with each further choice.
    """
    columns = [column for name in asked() for column in _columns(name)]
    found = AllPairs([each for _, each in columns], filter_func=partial(_is_taken, columns))
    rows = _completed(columns, [list(row) for row in found])
    return {
        f"pairs-{number:02}": answers(_joined(columns, row)) for number, row in enumerate(rows, 1)
    }


def _completed(columns: list[Column], rows: list[list[Value]]) -> list[list[Value]]:
    """Return the rows, and more for missing pairs: with a filter, allpairspy gives up on some."""
    first = rows[0]
    for one, other in combinations(range(len(columns)), 2):
        for pair in product(columns[one][1], columns[other][1]):
            row = [*first]
            row[one], row[other] = pair
            if pair not in {(it[one], it[other]) for it in rows} and _is_taken(columns, row):
                rows.append(row)
    return rows


def _columns(name: str) -> list[Column]:
    if not asked()[name].get("multiselect"):
        return [(name, values(name))]
    choices = dict.fromkeys(choice for subset in values(name) for choice in subset or ())
    return [(name, ((choice,), ())) for choice in choices]


def _joined(columns: list[Column], row: Sequence[Value]) -> list[tuple[str, Value]]:
    """Return the answer to each question: the chosen choices of one, joined."""
    joined: dict[str, Value] = {}
    for (name, _), value in zip(columns, row, strict=False):
        before = joined.get(name)
        if isinstance(before, tuple) and isinstance(value, tuple):
            joined[name] = (*before, *value)
        else:
            joined[name] = value
    return list(joined.items())


def _is_taken(columns: list[Column], row: Sequence[Value]) -> bool:
    """Return whether the questions that a row answers as a whole take its answers."""
    whole = {name for name, _ in columns[: len(row)]} - {name for name, _ in columns[len(row) :]}
    return all(value in values(name) for name, value in _joined(columns, row) if name in whole)


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
