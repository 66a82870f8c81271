"""The one file that cookiecutter writes, and what it tells the second hook.

Cookiecutter keeps its option `--skip-if-file-exists` to itself. So the first hook puts the
file there with another text: where that still stands afterwards, files are to be skipped.
"""

from pathlib import Path

NOTICE = Path("HOOKS-DID-NOT-RUN.md")
PLANTED = "skipped\n"

# This file is in the same folder if the first hook has made the service.
MADE = Path(".made-by-the-first-hook")


def plant() -> None:
    """Put the file where cookiecutter is about to write it."""
    NOTICE.write_text(PLANTED)


def take_away() -> bool:
    """Remove the file; return whether files that exist are to be skipped."""
    skipped = NOTICE.read_text() == PLANTED
    NOTICE.unlink()
    return skipped
