"""The project's own checks, after its dependencies have followed."""

import shutil
import sys
from pathlib import Path

from rich.console import Console

from scripts.update.command import run

PIP = [sys.executable, "-m", "pip", "install", "--quiet", "--group", "dev", "--editable", "."]


def run_checks(console: Console, project: Path) -> int:
    """Bring the environment up to date and return what `poe check` returns."""
    install = ["uv", "sync", "--quiet"] if _is_of_uv(project) else PIP
    console.print(f"\n[bold]{' '.join(install)}[/] and [bold]poe check[/]")
    if run(install, project):
        console.print("The dependencies could not be installed: the checks come after that.")
        return 1
    return run([sys.executable, "-m", "poethepoet", "check"], project)


def _is_of_uv(project: Path) -> bool:
    return shutil.which("uv") is not None and (project / "uv.lock").is_file()
