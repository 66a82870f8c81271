"""Runs Copier, and git."""

import shutil
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from scripts.update.refused import Refused


def find_copier() -> list[str]:
    """Return the command that starts Copier, the nearest there is; raises `Refused`."""
    if find_spec("copier") is not None:
        return [sys.executable, "-m", "copier"]
    for command in (["copier"], ["uvx", "copier"], ["pipx", "run", "copier"]):
        if shutil.which(command[0]):
            return command
    raise Refused("Copier is not here: install uv, whose uvx brings it, or pip install copier")


def run(command: Sequence[str], folder: Path) -> int:
    """Run a command that talks to the user; return its exit code."""
    return subprocess.run(command, cwd=folder, check=False).returncode


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints; raises `Refused` with what it says where it fails."""
    if not shutil.which("git"):
        raise Refused("git is not here: install it")
    done = subprocess.run(
        ["git", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def git_lines(folder: Path, *arguments: str) -> list[str]:
    """Return the paths that git prints with `-z`, of whatever characters."""
    return [line for line in git(folder, *arguments).split("\0") if line]
