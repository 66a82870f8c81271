"""Applies the moves to two sides of the merge: the old rendering, and the last commit."""

from collections.abc import Container
from dataclasses import dataclass
from pathlib import Path

from scripts.update.modules import Modules
from scripts.update.moves import Moves
from scripts.update.places import Places, find_places, kept_places, moved
from scripts.update.renaming import Renaming, rename
from scripts.update.trees import Entries


@dataclass(frozen=True)
class Carried:
    """The old rendering and the last commit after the moves.

    `places` has the new path of each moved file, by its old one. `edited` are the old paths of
    moved files that the user edited. `along` are those of the user's own files in a moved folder.
    `followed` are the user's own files whose content changes, and `names` the changes in strings.
    """

    base: Entries
    ours: Entries
    places: Places
    edited: list[str]
    along: list[str]
    followed: list[str]
    names: list[str]


def carry(
    project: Path, moves: Moves, base: Entries, ours: Entries, own: Container[str]
) -> Carried:
    """Move files, and rename modules in the files that the user has written or edited.

    `own` are files of the template that updates never change. This writes only git objects.
    """
    if not moves.rows:
        return Carried(base, ours, {}, [], [], [], [])
    wanted = moved(moves, base, [*base, *ours])
    places = find_places(wanted, base, ours)
    everywhere = {**places, **kept_places(moves, ours)}
    base_now, ours_now = (
        {everywhere.get(path, path): entry for path, entry in side.items()} for side in (base, ours)
    )
    mine = {path for path in ours_now if path not in base_now or path in own}
    edited = {path for path, entry in ours_now.items() if entry != base_now.get(path)}
    # Files in `dropped/` import modules that this project does not have.
    known = {**{old: moves.new(old) for old in moves.files()}, **wanted}
    there = [path for path in ours_now if not (path in wanted and path in base)]
    renaming = Renaming.of(project, Modules.read(known, there), everywhere)
    renamed = rename(project, renaming, edited | mine, {"base": base_now, "ours": ours_now})
    for (side, path), entry in renamed.entries.items():
        (base_now if side == "base" else ours_now)[path] = entry
    followed = sorted(path for path in mine if ("ours", path) in renamed.entries)
    return Carried(
        base_now,
        ours_now,
        places,
        sorted(path for path in places if path in base and places[path] in edited and path in ours),
        sorted(path for path in places if path not in base),
        followed,
        [name for path in followed for name in renamed.names["ours", path]],
    )
