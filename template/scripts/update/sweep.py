"""Files that a running service leaves: bytecode of modules that are gone."""

import shutil
from collections.abc import Iterable
from pathlib import Path

CACHE = "__pycache__"


def sweep(project: Path, removed: Iterable[str]) -> None:
    """Remove the bytecode of files that are gone, and folders that have nothing else left."""
    gone = [project / path for path in removed if not (project / path).exists()]
    for file in gone:
        for compiled in file.parent.glob(f"{CACHE}/{file.stem}.*.pyc"):
            compiled.unlink()
    for folder in {parent for file in gone for parent in file.parents}:
        if project in folder.parents and folder.is_dir() and not folder.is_symlink():
            _remove_if_empty(folder)


def _remove_if_empty(folder: Path) -> None:
    """Remove a folder in which nothing is left but bytecode."""
    files = (path for path in folder.rglob("*") if not path.is_dir())
    if all(path.parent.name == CACHE and path.suffix == ".pyc" for path in files):
        shutil.rmtree(folder)
