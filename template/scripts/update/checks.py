"""The project's own checks, after its dependencies have followed."""

import os
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from rich.console import Console

from scripts.update.command import run

INSTALL = ["install", "--quiet", "--group", "dev", "--editable", "."]

NO_INSTALLER = """
Updated, and not checked yet: this environment has no pip, and uv is not on the PATH. Bring its
packages up to date as you have installed them, with uv for example: uv sync
Then: poe check"""


def run_checks(console: Console, project: Path) -> int:
    """Bring the environment up to date and return what `poe check` returns."""
    install = installer(project)
    if install is None:
        console.print(NO_INSTALLER)
        return 1
    console.print(f"\n[bold]{' '.join(install)}[/] and [bold]poe check[/]")
    if run(install, project):
        console.print("The dependencies could not be installed: the checks come after that.")
        return 1
    return run([sys.executable, "-m", "poethepoet", "check"], project)


def installer(project: Path) -> list[str] | None:
    """Return the command that brings this environment up to date, or `None` where there is none.

    An environment that uv has made has no pip; uv writes a lock file only where there is one.
    """
    # `uv run` names itself, wherever it is.
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv and (project / "uv.lock").is_file():
        return [uv, "sync", "--quiet"]
    if find_spec("pip") is not None:
        return [sys.executable, "-m", "pip", *INSTALL]
    return [uv, "pip", *INSTALL, "--python", sys.executable] if uv else None
