"""Repositories for these tests."""

import subprocess
from pathlib import Path


def git(folder: Path, *arguments: str) -> str:
    """Return what git prints; a name and an address are given, wherever this runs."""
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"]
    command = ["git", *who, *arguments]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def repository(folder: Path, **files: str) -> Path:
    """Return a new repository with one commit of these files."""
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    return commit(folder, **files)


def commit(folder: Path, **files: str) -> Path:
    """Write these files, a name without an end has `.md`, and commit everything."""
    for name, text in files.items():
        (folder / f"{name}.md").write_text(text)
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=something")
    return folder
