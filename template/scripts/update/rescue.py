"""Edited files that the update has deleted, because the template no longer has them."""

import difflib
import subprocess
from dataclasses import dataclass
from pathlib import Path

from scripts.update.command import git, git_lines

NOTES = "UPDATE-NOTES.md"

_HEAD = """\
# Files that the template no longer has

They had been edited here, so the update has left them as they were. Decide for each: delete it,
or keep it as a file of your own. What had been changed is shown below. Then delete these notes.
"""


@dataclass(frozen=True)
class Rescued:
    """A file that was brought back, and what had been changed in it."""

    path: str
    difference: str


def rescue(project: Path, pristine: Path) -> list[Rescued]:
    """Bring back what has gone since the last commit and was not as in `pristine`; write notes."""
    gone = git_lines(project, "diff", "--name-only", "--relative", "-z", "--diff-filter=D", "HEAD")
    rescued = []
    for path in gone:
        committed = _committed(project, path)
        original = pristine / path
        if original.is_file() and original.read_bytes() == committed:
            continue
        git(project, "checkout", "--quiet", "HEAD", "--", path)
        before = original.read_text(errors="replace") if original.is_file() else ""
        rescued.append(Rescued(path, _difference(before, committed.decode(errors="replace"))))
    if rescued:
        (project / NOTES).write_text(notes(rescued))
    return rescued


def notes(rescued: list[Rescued]) -> str:
    """Return what is to be read of these files."""
    parts = [f"## `{each.path}`\n\n```diff\n{each.difference}```\n" for each in rescued]
    return "\n".join([_HEAD, *parts])


def _committed(project: Path, path: str) -> bytes:
    command = ["git", "show", f"HEAD:./{path}"]
    return subprocess.run(command, cwd=project, capture_output=True, check=True).stdout


def _difference(before: str, after: str) -> str:
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "template", "project", lineterm=""
    )
    return "".join(f"{line}\n" for line in lines)
