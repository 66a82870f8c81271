"""The differences between two renderings of the template."""

from dataclasses import dataclass
from pathlib import Path

from scripts.update.answers import FILE
from scripts.update.moves import Moves


@dataclass(frozen=True)
class Comparison:
    """The paths of added, changed, moved and removed files."""

    added: list[str]
    changed: list[str]
    moved: list[str]
    removed: list[str]


def compare(old: Path, new: Path, moves: Moves) -> Comparison:
    """Compare two folders without the answers, and sort the paths; a move is `old -> new`."""
    before, after = files(old), files(new)
    places = {path: place for path in before if (place := moves.new(path)) != path}
    moved = {path for path, place in places.items() if place in after}
    before -= moved
    after -= {places[path] for path in moved} - before
    return Comparison(
        added=sorted(after - before),
        changed=sorted(path for path in before & after if differ(old / path, new / path)),
        moved=[f"{path} -> {places[path]}" for path in sorted(moved)],
        removed=sorted(before - after),
    )


def files(folder: Path) -> set[str]:
    """Return the paths of all files, but for the answers."""
    found = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return {path for path in found if path != FILE}


def differ(one: Path, other: Path) -> bool:
    """Return whether two files have other content."""
    return one.read_bytes() != other.read_bytes()
