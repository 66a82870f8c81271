"""The verdict on each mutant, as mutmut stores it next to the mutated files."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Verdict = Literal["killed", "timed out", "survived", "untried"]

# By the exit code of its tests. A mutant that no test runs has survived, too.
VERDICTS: Mapping[int | None, Verdict] = {
    **dict.fromkeys((1, 3), "killed"),
    **dict.fromkeys((-24, 24, 36, 152, 255), "timed out"),
    **dict.fromkeys((0, 5, 33), "survived"),
}


@dataclass(frozen=True)
class Mutant:
    """One change of one function.

    `name` is mutmut's, such as `chassis.domain.text.x_check_text__mutmut_1`.
    """

    name: str
    verdict: Verdict

    @property
    def module(self) -> str:
        """The module that it changes."""
        return self.name.rpartition(".")[0]


def read(project: Path) -> Iterator[Mutant]:
    """Yield the mutants of a project by their names; one is untried until its tests have ended."""
    codes: dict[str, int | None] = {}
    for kept in (project / "mutants").rglob("*.py.meta"):
        codes |= json.loads(kept.read_text())["exit_code_by_key"]
    for name in sorted(codes):
        yield Mutant(name, VERDICTS.get(codes[name], "untried"))
