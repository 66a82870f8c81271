"""Lets Copier judge the answers, and make the service at once where the folder is new."""

from pathlib import Path

from hooks.check import check
from hooks.copying import Context
from hooks.finish import make
from hooks.notice import MADE, plant


def begin(context: Context) -> None:
    """Exit with Copier's own sentence where it refuses an answer, or is not to be found.

    Whether files that are there already are to be skipped, the second hook alone can tell.
    """
    if any(Path.cwd().iterdir()):
        check(context)
        plant()
    else:
        make(context, "--overwrite")
        MADE.touch()
