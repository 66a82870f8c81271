"""The working tree as a template, committed or not, and without git."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from copier import run_copy

from tools.quick import quick_copier
from tools.releases import git
from tools.service import ROOT


def copy_tree(into: Path) -> None:
    """Copy what git knows of the working tree, and what it would."""
    for name in listed(ROOT):
        # A file that was removed but not yet committed is still listed.
        if (ROOT / name).exists():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, into / name, follow_symlinks=False)


def listed(repository: Path) -> list[str]:
    """Return the paths of the files that git knows, or does not ignore, in a repository."""
    found = git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for path in found.split("\0") if path]


def render(template: Path, project: Path, answers: Mapping[str, object]) -> None:
    """Render `template` into `project` with the defaults and `answers`."""
    with quick_copier():
        run_copy(str(template), project, data=dict(answers), defaults=True, quiet=True)


def files(folder: Path) -> set[str]:
    """Return the paths of all files under `folder`, relative to it."""
    found = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found}
