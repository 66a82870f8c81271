"""Runs Copier, and git."""

import os
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


def git(folder: Path, *arguments: str, given: str = "", **settings: str) -> str:
    """Return what git prints; raises `Refused` with what it says where it fails.

    `given` is its standard input, `settings` are added to its environment.
    """
    if not shutil.which("git"):
        raise Refused("git is not here: install it")
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=os.environ | settings,
        input=given,
        capture_output=True,
        # A file's name may be of any bytes.
        encoding="utf-8",
        errors="surrogateescape",
        check=False,
    )
    if done.returncode:
        raise Refused(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def git_lines(folder: Path, *arguments: str, **settings: str) -> list[str]:
    """Return the lines that git prints with `-z`, for paths of whatever characters."""
    return [line for line in git(folder, *arguments, **settings).split("\0") if line]


def git_bytes(folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Return what git prints, such as the content of a file."""
    command = ["git", *arguments]
    done = subprocess.run(command, cwd=folder, input=given, capture_output=True, check=True)
    return done.stdout
