"""The table as text: attacks by surface with the number of cells, and a list of each attack."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby

from tests.chassis.cells import SURFACES
from tools.attacks.cells import Cell

HEAD = """\
# Attacks

Attackers and broken parts of a system try to harm a service in many ways. Each cell of this table
is one attack on one surface, in several variants. Tests and drills run all of them on a service
with every transport and role. After each test, a good caller of the same surface must get its
answer. The service must not hold more descriptors, threads, tasks, connections, streams or
temporary files than before, or log an error. Its memory must stay below 512 MB.

```sh
./run attacks                       # all tests of this table
./run attacks -- -k nesting         # some of them, by the options of pytest
./run attacks -- --page             # all, and write this page
```

Drills need real servers, so they have a command of their own: `./run drill -- NAME`.

"""


def matrix(cells: Sequence[Cell]) -> Iterator[str]:
    """Yield the lines of a Markdown table: how many variants of each attack on each surface."""
    counts = Counter((cell.attack, cell.surface) for cell in cells if cell.outcome != "skipped")
    used = [surface for surface in SURFACES if any(key[1] == surface for key in counts)]
    yield f"| attack | {' | '.join(used)} | all |"
    yield f"|---|{'--:|' * (len(used) + 1)}"
    for attack in sorted({cell.attack for cell in cells}):
        row = [counts[attack, surface] for surface in used]
        yield f"| {attack} | {' | '.join(str(count or '') for count in row)} | {sum(row)} |"
    columns = [sum(n for key, n in counts.items() if key[1] == surface) for surface in used]
    yield f"| **all** | {' | '.join(map(str, columns))} | **{counts.total()}** |"


def outcomes(cells: Iterable[Cell]) -> str:
    """Return how many cells ended in which way."""
    counts = Counter(cell.outcome for cell in cells)
    return ", ".join(f"{count} {outcome}" for outcome, count in sorted(counts.items()))


def page(cells: Sequence[Cell], told: Mapping[str, str], found: str) -> str:
    """Return the page; `told` has the callers' answers by attack, `found` the faults."""
    return "\n".join([HEAD + "\n".join(matrix(cells)), "", *_lists(cells, told), found])


def _lists(cells: Sequence[Cell], told: Mapping[str, str]) -> Iterator[str]:
    ordered = sorted(cells, key=lambda cell: (cell.attack, cell.command))
    for attack, of_attack in groupby(ordered, key=lambda cell: cell.attack):
        yield f"## {attack.capitalize()}\n"
        if attack in told:
            yield f"{told[attack]}\n"
        yield "| variant | surfaces | outcome | command |"
        yield "|---|---|---|---|"
        yield from _rows(of_attack)
        yield ""


def _rows(cells: Iterable[Cell]) -> Iterator[str]:
    surfaces: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for cell in cells:
        surfaces[_plain(cell), cell.outcome, cell.command].add(cell.surface)
    for (variant, outcome, command), names in surfaces.items():
        listed = ", ".join(name for name in SURFACES if name in names)
        yield f"| {variant} | {listed} | {outcome} | `{command}` |"


def _plain(cell: Cell) -> str:
    """Return the variant without the surface, which has a column of its own."""
    words = cell.variant.replace("|", "\\|").split(": ", 1)
    given = [word for word in words[1].split("-") if word != cell.surface] if words[1:] else []
    return ": ".join([words[0], *(["-".join(given)] if given else [])])
