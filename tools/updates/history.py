"""The template as its users have it: releases that are tagged, and one more, the working tree."""

import shutil
import subprocess
from pathlib import Path

from tools.releases import git, tag_releases
from tools.service import ROOT

# Later than any release there will be.
NEXT = "1000.0.0"
IDENTITY = ("-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid")


def make_history(into: Path) -> list[str]:
    """Clone this repository, with the working tree, committed or not, as `NEXT`.

    Return the releases before it, the oldest first.
    """
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(into)], check=True)
    found = tag_releases(into)
    for path in _listed(into):
        (into / path).unlink()
    for path in _listed(ROOT):
        # A file that was removed but not yet committed is still listed.
        if (ROOT / path).exists():
            (into / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, into / path, follow_symlinks=False)
    commit(into, "the working tree", NEXT)
    return found


def commit(repository: Path, message: str, tag: str | None = None) -> None:
    """Commit everything, and tag it."""
    git(repository, "add", "--all", ".")
    git(repository, *IDENTITY, "commit", "--quiet", "--allow-empty", f"--message={message}")
    if tag is not None:
        git(repository, "tag", tag)


def _listed(repository: Path) -> list[str]:
    listed = git(repository, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    return [path for path in listed.split("\0") if path]
