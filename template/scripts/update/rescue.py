"""Edited files that the template no longer has: kept aside, and merged if they come back.

Each has two copies in `dropped/`: its path with `.yours`, and with `.template` what was edited.
No tool takes them for source.
"""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scripts.update.command import git, git_bytes
from scripts.update.merge import BASE, OURS, THEIRS, Sides
from scripts.update.trees import Entries, change_index

NOTES = "UPDATE-NOTES.md"
FOLDER = "dropped"
SUFFIXES = {BASE: "template", OURS: "yours"}

_HEAD = f"""\
# Files that the template no longer has

They had been edited here. Your version of each is in `{FOLDER}/`, with `.yours` at the end of its
name. Your changes are shown below. If you take the answer back, the template has the file again,
and `poe update` merges your changes into it. Copy what you still need into a file of your own. Then
delete these notes. Delete in `{FOLDER}/` what you will not need again.
"""


@dataclass(frozen=True)
class Rescued:
    """A file that was kept aside, and what had been changed in it."""

    path: str
    difference: str


def keep_aside(project: Path, path: str, sides: Sides) -> Rescued:
    """Move an edited file out of the source tree, together with the template's version."""
    kept = {aside(path, side): [f"{sides[side]} 0"] for side in SUFFIXES if side in sides}
    change_index(project, {path: [], **kept})
    git(project, "checkout-index", "--force", "--index", "--", *kept)
    (project / path).unlink(missing_ok=True)
    return Rescued(path, _difference(project, sides))


def kept_aside(path: str, ours: Mapping[str, str], theirs: str) -> Sides | None:
    """Return what is to be merged of a file that comes back, if an edited one was kept aside."""
    if (yours := ours.get(aside(path, OURS))) is None:
        return None
    sides = {BASE: ours.get(aside(path, BASE)), OURS: ours.get(path, yours), THEIRS: theirs}
    return {side: entry for side, entry in sides.items() if entry is not None}


def forget(project: Path, path: str, ours: Entries) -> None:
    """Remove what was kept aside, since the file is back."""
    names = [name for side in SUFFIXES if (name := aside(path, side)) in ours]
    git(project, "rm", "--quiet", "--force", "--", *(f":(literal){name}" for name in names))


def aside(path: str, side: str) -> str:
    """Return where a side of a file is kept."""
    return f"{FOLDER}/{path}.{SUFFIXES[side]}"


def write_notes(project: Path, rescued: Iterable[Rescued]) -> None:
    """Write what is to be read of the files that were kept aside."""
    parts = [f"## `{each.path}`\n\n```diff\n{each.difference}```\n" for each in rescued]
    (project / NOTES).write_text("\n".join([_HEAD, *parts]))
    git(project, "add", "--force", "--", NOTES)


def _difference(project: Path, sides: Sides) -> str:
    before, after = (_text(project, sides.get(side)).splitlines() for side in (BASE, OURS))
    lines = difflib.unified_diff(before, after, "template", "project", lineterm="")
    return "".join(f"{line}\n" for line in lines)


def _text(project: Path, entry: str | None) -> str:
    if entry is None:
        return ""
    return git_bytes(project, "cat-file", "blob", entry.split()[1]).decode(errors="replace")
