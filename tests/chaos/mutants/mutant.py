"""A service that is broken on purpose, for as long as a run lasts."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

SOURCE = Path("src")


class StaleError(Exception):
    """The code that a mutant changes is missing, or not unique: the mutant must be rewritten."""


class Change(NamedTuple):
    """One piece of a file under `src`, and what it becomes."""

    file: str
    old: str
    new: str

    def apply(self, text: str) -> str:
        """Return the text of the file with the change; raises `StaleError`."""
        if (count := text.count(self.old)) != 1:
            raise StaleError(f"{self.file} has {count} times: {self.old!r}")
        return text.replace(self.old, self.new)


class Mutant(NamedTuple):
    """The defect, the faults that show it, and the kinds of findings of the checker.

    One that no fault brings to light for certain is left to `tests` of the service's own, as pytest
    names them.
    """

    name: str
    changes: tuple[Change, ...]
    faults: tuple[str, ...] = ()
    found_as: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()

    @contextmanager
    def broken(self, project: Path) -> Iterator[None]:
        """Break the project for as long as the block lasts; raises `StaleError`."""
        before: dict[Path, str] = {}
        try:
            for change in self.changes:
                path = project / SOURCE / change.file
                text = path.read_text()
                before.setdefault(path, text)
                path.write_text(change.apply(text))
            yield
        finally:
            for path, text in before.items():
                path.write_text(text)
