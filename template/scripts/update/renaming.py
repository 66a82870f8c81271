"""Renames modules in the files that the user has written or edited."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.update.blobs import read_blobs, write_blobs
from scripts.update.modules import Modules, package_of
from scripts.update.places import Places
from scripts.update.references import follow, is_followed
from scripts.update.rescue import FOLDER
from scripts.update.statements import Context
from scripts.update.trees import Entries

# A side of the merge, and a new path.
File = tuple[str, str]
_REGULAR = "100"


@dataclass(frozen=True)
class Renaming:
    """The moved modules, the old path of each file by its new one, and the maximum line length."""

    modules: Modules
    before: Places
    width: int

    @classmethod
    def of(cls, project: Path, modules: Modules, places: Places) -> "Renaming":
        """Return the renaming for a project in which these files move."""
        return cls(modules, {new: old for old, new in places.items()}, _width(project))

    def context(self, path: str) -> Context:
        """Return the context of a file; `path` is its new path."""
        before, after = (
            package_of(each.removeprefix(f"{FOLDER}/"))
            for each in (self.before.get(path, path), path)
        )
        return Context(self.modules, before, after, self.width)


@dataclass(frozen=True)
class Renamed:
    """The new entries of the changed files, and the changes in strings."""

    entries: dict[File, str]
    names: dict[File, list[str]]


def rename(
    project: Path, renaming: Renaming, paths: Iterable[str], sides: Mapping[str, Entries]
) -> Renamed:
    """Change these files on both sides, and store each new content."""
    files = {
        (side, path): entries[path].split()
        for path in sorted(paths)
        for side, entries in sides.items()
        if is_followed(path) and entries.get(path, "").startswith(_REGULAR)
    }
    blobs = read_blobs(project, {identity for _, identity in files.values()})
    contents, names = {}, {}
    for (side, path), (_, identity) in files.items():
        content, changed = follow(path, blobs[identity], renaming.context(path))
        if content != blobs[identity]:
            contents[side, path] = content
            names[side, path] = [f"{path}: {name}" for name in changed]
    stored = write_blobs(project, contents)
    entries = {file: f"{files[file][0]} {identity}" for file, identity in stored.items()}
    return Renamed(entries, names)


def _width(project: Path) -> int:
    """Return the maximum line length, in characters."""
    file = project / "ruff.toml"
    try:
        length = tomllib.loads(file.read_text())["line-length"]
    except (OSError, ValueError, KeyError):
        return 88
    return length if isinstance(length, int) else 88
