"""The input of an update's merge: the two renderings, without the parts that stay out."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scripts.update.deleted import read_deleted
from scripts.update.guard import check_folders, check_marked, check_unseen, is_there
from scripts.update.trees import Entries, committed, stored

# The user's from the first day: never written a second time. The template's settings say so, too.
OWN = ("src/app/bootstrap/own", "own_tasks.toml")


@dataclass(frozen=True)
class Plan:
    """The files of both renderings that are merged with `ours`, which is the last commit.

    `unseen` are files that git does not have, and that are followed on the disk alone. `withheld`
    are new files that are not brought, since the user has deleted them before, or their folder.
    """

    base: Entries
    theirs: Entries
    ours: Entries
    unseen: list[str]
    withheld: list[str]

    @property
    def removed(self) -> set[str]:
        """The files that the template no longer has."""
        return self.base.keys() - self.theirs.keys()


def make_plan(project: Path, old: Path, new: Path) -> Plan:
    """Compare two renderings with a project; raises `Refused` where something would be lost."""
    base, theirs, ours = stored(project, old), stored(project, new), committed(project)
    changed = {path for path in base | theirs if base.get(path) != theirs.get(path)}
    kept = {path for path in changed if _is_own(path) and (path in base or path in ours)}
    left = {path for path in base if path in ours or is_there(project, path)}
    deleted = _folders(base) - _folders(left)
    before = read_deleted(project)
    new_files = changed - base.keys() - ours.keys()
    withheld = {path for path in new_files if path in before or _folders([path]) & deleted}
    changed -= kept | withheld
    unseen = {path for path in changed - ours.keys() if is_there(project, path)}
    for path in sorted(unseen):
        check_unseen(project, path, [old, new])
    check_folders(project, changed & theirs.keys(), base)
    check_marked(project, changed, ours)
    aside = kept | withheld | unseen
    return Plan(
        {path: entry for path, entry in base.items() if path not in aside},
        {path: entry for path, entry in theirs.items() if path not in aside},
        ours,
        sorted(unseen),
        sorted(withheld),
    )


def _is_own(path: str) -> bool:
    return any(PurePosixPath(path).is_relative_to(own) for own in OWN)


def _folders(paths: Iterable[str]) -> set[PurePosixPath]:
    """Return the folders that these files are in, at whatever depth, but for the first."""
    return {folder for path in paths for folder in list(PurePosixPath(path).parents)[:-1]}
