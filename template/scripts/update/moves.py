"""The table of moved files, `moves.csv` of the template, with the oldest row first.

A row has an old and a new path. A path that ends with a slash is a folder: all files in it move,
including the user's own. Any other row moves a file of the template.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass

FILE = "moves.csv"
# The columns.
HEAD = ["old", "new"]

Row = tuple[str, str]


@dataclass(frozen=True)
class Moves:
    """The rows that an update must follow."""

    rows: tuple[Row, ...] = ()

    @classmethod
    def after(cls, known: str, text: str) -> "Moves":
        """Return the rows of a table that are not in an older one.

        Raises `ValueError` if a table has an invalid row.
        """
        before = set(_read(known))
        return cls(tuple(row for row in _read(text) if row not in before))

    def files(self) -> Iterable[str]:
        """Return the old path of each row that is not a folder."""
        return [old for old, _ in self.rows if not old.endswith("/")]

    def new(self, path: str, *, is_own: bool = False) -> str:
        """Return the path of a file after all moves; a user's own file moves only with a folder."""
        for old, new in self.rows:
            if path == old and not is_own:
                path = new
            elif old.endswith("/") and path.startswith(old):
                path = new + path.removeprefix(old)
        return path


def _read(text: str) -> list[Row]:
    head, *rows = list(csv.reader(text.splitlines())) or [HEAD]
    if head != HEAD or any(len(row) != len(HEAD) for row in rows):
        raise ValueError(f"{FILE} must have the columns {' and '.join(HEAD)}, and no others")
    for old, new in rows:
        if not old or not new or old.endswith("/") != new.endswith("/"):
            raise ValueError(f"{old} -> {new} must be two files, or two folders")
    return [(old, new) for old, new in rows]
