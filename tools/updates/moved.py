"""Finds a user's edits after an update. It reads the table of moves without the updater's code."""

import csv
import re
from pathlib import Path

from tools.service import ROOT

TABLE = ROOT / "moves.csv"


def rows() -> list[tuple[str, str]]:
    """Return the old and the new path of each row."""
    with TABLE.open(newline="") as file:
        return [(row["old"], row["new"]) for row in csv.DictReader(file)]


def now(path: str, *, is_own: bool = False) -> str:
    """Return the new path of a file; the user's own file moves only with a folder."""
    for old, new in rows():
        if old.endswith("/"):
            path = new + path.removeprefix(old) if path.startswith(old) else path
        elif path == old and not is_own:
            path = new
    return path


def renamed(text: str, project: Path | None = None) -> str:
    """Return a text with the newest names of modules, or with those that a project has."""
    for old, new in rows():
        if project is not None and not (project / new).exists():
            continue
        before, after = _module(old), _module(new)
        if old.endswith("/"):
            text = re.sub(rf"\b{re.escape(before)}\.", f"{after}.", text)
        elif old.endswith(".py"):
            text = re.sub(rf"\b{re.escape(before)}\b", after, text)
            text = re.sub(rf"\b{_imported(before)}\b", _imported(after), text)
    return text


def content_of(file: Path) -> bytes:
    """Return what is in a file; its lines may end as its user's git writes them."""
    return file.read_bytes().replace(b"\r\n", b"\n")


def is_kept(file: Path, content: bytes) -> bool:
    """Return whether a file has the user's content; imports may have other names and order."""
    if not file.is_file():
        return False
    found = content_of(file)
    if found == content or file.suffix != ".py":
        return found == content
    return _words(found.decode()) == _words(renamed(content.decode()))


def _imported(module: str) -> str:
    package, _, name = module.rpartition(".")
    return f"from {package} import {name}"


def _module(path: str) -> str:
    return path.removeprefix("src/").removesuffix("/").removesuffix(".py").replace("/", ".")


def _words(text: str) -> list[str]:
    return sorted(re.findall(r"[\w.]+", text))
