"""Brings an update into a project, and decides about the files that git leaves open."""

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from scripts.update.command import git
from scripts.update.deleted import write_deleted
from scripts.update.merge import BASE, OURS, THEIRS, Sides, combine, merge
from scripts.update.places import Places
from scripts.update.plan import Plan
from scripts.update.rescue import Rescued, forget, keep_aside, kept_aside, write_notes
from scripts.update.sweep import sweep
from scripts.update.trees import change_index


@dataclass(frozen=True)
class Outcome:
    """Files whose changes do not go together, that were kept aside, and that are back."""

    conflicts: list[str]
    rescued: list[Rescued]
    returned: list[str]


def bring(project: Path, plan: Plan, new: Path) -> Outcome:
    """Bring what has changed in the template; raises `Refused`, with nothing written."""
    outcome = _settle(project, plan, merge(project, plan.base, plan.ours, plan.theirs))
    places = plan.carried.places
    _follow_unseen(project, plan.unseen, new, {new: old for old, new in places.items()})
    sweep(project, plan.removed | places.keys())
    deleted = {path for path in plan.removed if path not in plan.ours}
    write_deleted(project, plan.gone - set(plan.withheld) | deleted)
    if outcome.rescued:
        write_notes(project, outcome.rescued)
    return outcome


def _settle(project: Path, plan: Plan, unmerged: dict[str, Sides]) -> Outcome:
    """Merge each file that both sides have changed, or say what becomes of it."""
    found = Outcome([], [], [])
    for path in plan.theirs.keys() - plan.base.keys():
        if sides := kept_aside(path, plan.ours, plan.theirs[path]):
            unmerged = {**unmerged, path: sides}
            found.returned.append(path)
    for path, sides in sorted(unmerged.items()):
        if THEIRS not in sides:
            found.rescued.append(keep_aside(project, path, sides))
        elif OURS not in sides:
            # The user has deleted it.
            change_index(project, {path: []})
        elif BASE not in sides and _was_here(project, path, sides[THEIRS]):
            change_index(project, {path: [f"{sides[OURS]} 0"]})
        elif not combine(project, path, sides):
            found.conflicts.append(path)
    for path in found.returned:
        forget(project, path, plan.ours)
    return found


def _was_here(project: Path, path: str, entry: str) -> bool:
    """Return whether a file has ever been committed just so: then the user has edited it since."""
    log = git(project, "log", "--format=", "--raw", "--no-abbrev", "--no-renames", "--", path)
    return entry.split()[1] in log.split()


def _follow_unseen(project: Path, paths: Iterable[str], new: Path, before: Places) -> None:
    """Bring files forward that git does not have, and that are as the template has made them."""
    for path in paths:
        (project / before.get(path, path)).unlink(missing_ok=True)
        if (new / path).exists():
            (project / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(new / path, project / path)
        else:
            (project / path).unlink(missing_ok=True)
