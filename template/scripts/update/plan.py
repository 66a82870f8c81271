"""The input of an update's merge: the two renderings, without the parts that stay out."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.update.carry import Carried, carry
from scripts.update.deleted import read_deleted
from scripts.update.guard import check_folders, check_marked, check_unseen, is_there
from scripts.update.moves import Moves
from scripts.update.trees import Entries, committed, stored

# The user's from the first day: never written a second time. The template's settings say so, too.
OWN = ("src/app/bootstrap/own", "own_tasks.toml")


@dataclass(frozen=True)
class Plan:
    """The files of both renderings that are merged with `ours`, which is the last commit.

    `base` and `ours` have the new path of each moved file, as in `carried`. `unseen` are
    files that git does not have, and that are followed on the disk alone. `withheld` are new files
    that stay out, because the user has deleted them before, or their folder. `gone` are files that
    were deleted before the template dropped them.
    """

    base: Entries
    theirs: Entries
    ours: Entries
    unseen: list[str]
    withheld: list[str]
    gone: set[str]
    carried: Carried

    @property
    def removed(self) -> set[str]:
        """The files that the template no longer has."""
        return self.base.keys() - self.theirs.keys()


def make_plan(project: Path, old: Path, new: Path, moves: Moves) -> Plan:
    """Compare two renderings with a project; raises `Refused` where something would be lost."""
    made, theirs, here = stored(project, old), stored(project, new), committed(project)
    carried = carry(project, moves, made, here, {path for path in made if _is_own(path)})
    base, ours = carried.base, carried.ours
    before = {new: old for old, new in carried.places.items()}
    changed = {path for path in base | theirs if base.get(path) != theirs.get(path)}
    changed |= before.keys()
    kept = {path for path in changed if _is_own(path) and (path in base or path in ours)}

    def is_hidden(path: str) -> bool:
        return path not in here and is_there(project, path)

    left = {path for path in base if path in ours or is_hidden(before.get(path, path))}
    deleted = _folders(base) - _folders(left)
    gone = read_deleted(project, moves)
    new_files = changed - base.keys() - ours.keys()
    withheld = {path for path in new_files if path in gone or _folders([path]) & deleted}
    changed -= kept | withheld
    places = {path: {path, before.get(path, path)} for path in changed - ours.keys()}
    unseen = {path for path in places if any(map(is_hidden, places[path]))}
    hidden = {each for path in unseen for each in places[path]} | (ours.keys() - here.keys())
    for each in sorted(filter(is_hidden, hidden)):
        check_unseen(project, each, [old, new])
    check_folders(project, changed & (theirs.keys() | before.keys()), made)
    touched = {path for path in here if here[path] != ours.get(path)}
    check_marked(project, changed | touched, here)
    aside = kept | withheld | unseen
    return Plan(
        {path: entry for path, entry in base.items() if path not in aside},
        {path: entry for path, entry in theirs.items() if path not in aside},
        ours,
        sorted(unseen),
        sorted(withheld),
        gone,
        carried,
    )


def _is_own(path: str) -> bool:
    return any(PurePosixPath(path).is_relative_to(own) for own in OWN)


def _folders(paths: Iterable[str]) -> set[PurePosixPath]:
    """Return the folders that these files are in, at whatever depth, but for the first."""
    return {folder for path in paths for folder in list(PurePosixPath(path).parents)[:-1]}
