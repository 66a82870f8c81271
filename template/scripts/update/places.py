"""Finds the new path of each file of a project."""

from collections.abc import Collection, Container, Iterable, Mapping

from scripts.update.moves import Moves
from scripts.update.rescue import FOLDER, SUFFIXES

# The new path of each file, by its old one.
Places = Mapping[str, str]


def moved(moves: Moves, base: Container[str], paths: Iterable[str]) -> Places:
    """Return the new path of each file that moves; a file that is not in `base` is the user's."""
    found = {path: moves.new(path, is_own=path not in base) for path in paths}
    return {old: new for old, new in found.items() if old != new}


def find_places(wanted: Places, base: Container[str], ours: Container[str]) -> Places:
    """Return the new path of each file that can move there with its edits.

    A file cannot move if another file stays at the new path, or moves there first. Then only the
    name of its module changes. If it was edited, it is kept in `dropped/`.
    """
    first: dict[str, str] = {}
    for old, new in wanted.items():
        first.setdefault(new, old)
    places = {old: new for new, old in first.items()}
    while taken := [old for old in places if _is_taken(old, places, base, ours)]:
        for old in taken:
            del places[old]
    return places


def kept_places(moves: Moves, ours: Collection[str]) -> Places:
    """Return the new paths of edited files that an earlier update moved to `dropped/`."""
    found = {}
    for path in (path for path in ours if path.startswith(f"{FOLDER}/")):
        inner, dot, end = path.removeprefix(f"{FOLDER}/").rpartition(".")
        new = f"{FOLDER}/{moves.new(inner)}{dot}{end}"
        if end in SUFFIXES.values() and new not in ours:
            found[path] = new
    return found


def _is_taken(old: str, places: Places, base: Container[str], ours: Container[str]) -> bool:
    """Return whether another file stays at the new path."""
    new = places[old]
    # If only the new path exists, the user has moved the file already.
    return new not in places and (new in base or (new in ours and old in ours))
