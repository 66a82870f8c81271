"""The migrations that the code knows, read from their files without importing Alembic."""

import ast
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from chassis.infrastructure.database.migration.folder import version_folders


class Graph:
    """Revision ids, each with the ones that come before it."""

    def __init__(self, parents: dict[str, tuple[str, ...]]) -> None:
        self._parents = parents

    @property
    def ids(self) -> frozenset[str]:
        """Every revision."""
        return frozenset(self._parents)

    @property
    def heads(self) -> frozenset[str]:
        """The revisions that no other one follows: an up-to-date database records them."""
        followed = {parent for parents in self._parents.values() for parent in parents}
        return self.ids - followed

    def up_to(self, revisions: Iterable[str]) -> frozenset[str]:
        """Return those of `revisions` that are known, with all their predecessors."""
        found: set[str] = set()
        waiting = list(revisions)
        while waiting:
            revision = waiting.pop()
            if revision in self._parents and revision not in found:
                found.add(revision)
                waiting.extend(self._parents[revision])
        return frozenset(found)


def read_graph(migrations: Path) -> Graph:
    """Return the graph of the files under `migrations`; raises `OSError` or `SyntaxError`."""
    parents = {}
    for folder in version_folders(migrations):
        for file in sorted(folder.glob("*.py")):
            constants = _constants(file)
            if "revision" in constants:
                before = (constants.get("down_revision"), constants.get("depends_on"))
                parents[constants["revision"]] = tuple(
                    name for value in before for name in _names(value)
                )
    return Graph(parents)


def _constants(file: Path) -> dict[str, Any]:
    """Return the module's constants that Alembic reads."""
    found = {}
    for node in ast.parse(file.read_text("utf-8"), str(file)).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        if name in ("revision", "down_revision", "depends_on"):
            found[name] = ast.literal_eval(value)
    return found


def _names(value: str | Iterable[str] | None) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)
