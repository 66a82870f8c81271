"""Files that a running service leaves, and that an update may leave of a dropped part."""

import ast
import compileall
from collections.abc import Container, Iterator
from pathlib import Path

from tools.service import ROOT

PACKAGES = ("app", "chassis", "scripts", "tests")
ANSWERS = ".copier-answers.yml"
SOURCES = (*PACKAGES, "src", "migrations")


def run_once(project: Path) -> None:
    """Leave the bytecode that a service leaves that has run, and been tested."""
    for name in SOURCES:
        if (project / name).is_dir():
            compileall.compile_dir(project / name, quiet=2)


def leftovers(project: Path) -> Iterator[str]:
    """Yield folders that have nothing but bytecode, and bytecode without its source."""
    for cache in project.rglob("__pycache__"):
        if {".venv", ".git"}.intersection(cache.parts):
            continue
        for compiled in cache.glob("*.pyc"):
            if not (cache.parent / f"{compiled.name.split('.')[0]}.py").exists():
                yield compiled.relative_to(project).as_posix()


def unresolved(project: Path, own: Container[str]) -> Iterator[str]:
    """Yield each import of a module of the project that is gone, but in files of its user's own."""
    for name in SOURCES:
        for file in (project / name).rglob("*.py"):
            path = file.relative_to(project).as_posix()
            if path not in own:
                gone = (module for module in _imported(file) if not _is_there(project, module))
                yield from (f"{path}: {module}" for module in gone)


def _imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def _is_there(project: Path, module: str) -> bool:
    if module.split(".")[0] not in PACKAGES:
        return True
    path = module.replace(".", "/")
    folders = [project, project / "src"]
    if "\nchassis: package\n" in (project / ANSWERS).read_text():
        # The package is built from these files.
        folders.append(ROOT / "template" / "src")
    places = (folder / f"{path}{end}" for folder in folders for end in (".py", ""))
    return any(place.exists() for place in places)
