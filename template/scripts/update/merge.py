"""Merges what has changed in the template with what is committed in the project."""

import subprocess
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from scripts.update.command import git, git_bytes, git_lines
from scripts.update.refused import Refused
from scripts.update.trees import Entries, change_index, write_tree

# The sides of a file that both have changed, by git's number of each.
BASE, OURS, THEIRS = "1", "2", "3"
Sides = Mapping[str, str]

# As Copier marks them.
_LABELS = ("before updating", "last update", "after updating")
_SYMLINK = "120000"
# Beyond that it is no count of conflicts.
_MOST = 127


def merge(project: Path, base: Entries, ours: Entries, theirs: Entries) -> dict[str, Sides]:
    """Bring the difference of two renderings into the project, and return what git leaves open.

    `ours` is the last commit, after the moves. Raises `Refused`, with nothing
    written, where a file would be overwritten that is not committed.
    """
    git(project, "update-index", "-q", "--refresh")
    # In the project it is as the last commit; elsewhere something may be staged.
    here = git(project, "write-tree").strip()
    old, moved, new = (write_tree(project, here, side) for side in (base, ours, theirs))
    git(project, "read-tree", "-m", "-u", here, moved)
    try:
        git(project, "read-tree", "-m", "-u", "--aggressive", old, moved, new)
    except Refused:
        git(project, "read-tree", "-m", "-u", moved, here)
        raise
    found: dict[str, dict[str, str]] = {}
    for line in git_lines(project, "ls-files", "--unmerged", "-z"):
        properties, _, path = line.partition("\t")
        entry, _, stage = properties.rpartition(" ")
        found.setdefault(path, {})[stage] = entry
    return dict(found)


def combine(project: Path, path: str, sides: Sides) -> bool:
    """Write a file with the changes of both sides; return whether they go together.

    If they do not, conflicts are marked in the file and in the index.
    """
    merged, is_clean = _merged(project, sides)
    mode = _mode(sides)
    change_index(project, {path: [f"{mode} {merged} 0"]})
    git(project, "checkout-index", "--force", "--index", "--", path)
    if not is_clean:
        change_index(project, {path: [f"{entry} {stage}" for stage, entry in sides.items()]})
    return is_clean


def _merged(project: Path, sides: Sides) -> tuple[str, bool]:
    """Return the id of the merged content, and whether it has no conflict."""
    modes, ids = zip(
        *(sides.get(side, " ").split(" ") for side in (OURS, BASE, THEIRS)), strict=True
    )
    if _SYMLINK in modes:
        return ids[0], False
    with TemporaryDirectory(prefix="merge-") as folder:
        files = [Path(folder, str(number)) for number in range(3)]
        for file, identity in zip(files, ids, strict=True):
            file.write_bytes(git_bytes(project, "cat-file", "blob", identity) if identity else b"")
        labels = [option for label in _LABELS for option in ("-L", label)]
        command = ["git", "merge-file", "--quiet", *labels, *map(str, files)]
        conflicts = subprocess.run(command, cwd=project, check=False).returncode
        if not 0 <= conflicts <= _MOST:
            # It is no text.
            return ids[0], False
        return git(
            project, "hash-object", "-w", "--no-filters", str(files[0])
        ).strip(), not conflicts


def _mode(sides: Sides) -> str:
    """Return the mode that one side has given to it, ours before theirs."""
    base, ours, theirs = (sides.get(side, " ").split(" ")[0] for side in (BASE, OURS, THEIRS))
    return theirs if ours == base else ours
