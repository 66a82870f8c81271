"""Lets Copier judge the answers before there is anything to take back."""

import shutil
import tempfile
from pathlib import Path

from hooks.copying import Context, copy
from hooks.source import TEMPLATE


def check(context: Context) -> None:
    """Exit with Copier's own sentence where it refuses an answer; nothing else comes of it."""
    with tempfile.TemporaryDirectory(prefix="shallot-") as folder:
        # The questions alone: that takes no time, and nothing is rendered.
        asking = Path(folder, "asking")
        (asking / "template").mkdir(parents=True)
        shutil.copy(TEMPLATE / "copier.yml", asking)
        shutil.copytree(TEMPLATE / "questions", asking / "questions")
        copy(context, asking, Path(folder, "project"), "--quiet")
