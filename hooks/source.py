"""Finds out which template Copier is to copy, and what the service remembers of it."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from hooks.copying import Context

TEMPLATE = Path(__file__).resolve().parent.parent

# Addresses that Copier treats as a repository; before all else it requires `git+`.
KNOWN = ("git@", "git://", "git+", "https://github.com/", "https://gitlab.com/")


@dataclass(frozen=True)
class Source:
    """The source for Copier, its commit, and its origin if it goes away."""

    address: str
    commit: str = "HEAD"
    archive: str | None = None


def find_source(context: Context) -> Source:
    """Return the template as `copier update` will find it again: an address, or a whole path."""
    asked, folder = context["_template"], Path(context["_repo_dir"])
    if asked == context["_repo_dir"]:
        path = folder if folder.is_absolute() else TEMPLATE
        return Source(str(path), context["_checkout"] or "HEAD")
    # Cookiecutter's own clone may change or go; what it was cloned from stays.
    if (TEMPLATE / ".git").exists():
        origin = git("config", "--get", "remote.origin.url")
        return Source(address(origin), git("rev-parse", "HEAD"))
    return Source(str(TEMPLATE), archive=asked)


def address(url: str) -> str:
    """Return `url` in a form in which Copier takes it for a repository."""
    return url if url.startswith(KNOWN) or url.endswith(".git") else f"git+{url}"


def git(*arguments: str) -> str:
    """Return what git says of the template."""
    return subprocess.check_output(["git", *arguments], cwd=TEMPLATE, text=True).strip()
