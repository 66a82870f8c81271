"""The results of the answer sets, check by check."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from tools.matrix.catalogue import Check
from tools.matrix.rendering import Rendering


@dataclass(frozen=True)
class Outcome:
    """The problems that each check found in the rendering of the answer set `name`.

    `code` is its `Rendering.code`; a check that was not run is not in `seconds`.
    """

    name: str
    code: str
    problems: dict[str, list[str]] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)

    def judge(self, rendering: Rendering, checks: Mapping[str, Check]) -> "Outcome":
        """Run `checks`, add what they find and return this outcome."""
        for check, find in checks.items():
            begun = time.monotonic()
            self.problems[check] = list(find(rendering))
            self.seconds[check] = time.monotonic() - begun
        return self

    def lines(self) -> list[str]:
        """Return a line for each problem."""
        return [
            f"{self.name}: {check}: {problem}"
            for check, problems in self.problems.items()
            for problem in problems
        ]
