"""The template as its users have it: releases that are tagged, and one more, the working tree."""

import subprocess
from pathlib import Path

from tools.releases import git, tag_releases
from tools.service import ROOT
from tools.working_tree import copy_tree, listed

# Later than any release there will be.
NEXT = "1000.0.0"
IDENTITY = ("-c", "user.name=Shallot", "-c", "user.email=shallot@example.invalid")


def make_history(into: Path) -> list[str]:
    """Clone this repository, with the working tree, committed or not, as `NEXT`.

    Return the releases before it, the oldest first.
    """
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(into)], check=True)
    found = tag_releases(into)
    for path in listed(into):
        (into / path).unlink()
    copy_tree(into)
    commit(into, "the working tree", NEXT)
    return found


def commit(repository: Path, message: str, tag: str | None = None) -> None:
    """Commit everything, and tag it."""
    git(repository, "add", "--all", ".")
    git(repository, *IDENTITY, "commit", "--quiet", "--allow-empty", f"--message={message}")
    if tag is not None:
        git(repository, "tag", tag)
