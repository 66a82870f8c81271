"""The imports between the modules of a project, read from its text."""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

# Text and no syntax: a service may need a newer Python than this runs on.
_IMPORT = re.compile(r"^[ \t]*import ([\w., \t]+)", re.MULTILINE)
_FROM = re.compile(r"^[ \t]*from ([\w.]+) import (\([^)]*\)|[^\n]+)", re.MULTILINE)
# Modules that are imported by name, or run by name.
_STRING = re.compile(r'"([a-z_]\w*(?:\.\w+)+)(?::\w+)?"')


def modules(paths: Iterable[str]) -> dict[str, str]:
    """Return the path of each module by its name; a package has the name of its folder."""
    return {
        ".".join(PurePosixPath(path.removeprefix("src/")).with_suffix("").parts).removesuffix(
            ".__init__"
        ): path
        for path in paths
        if path.endswith(".py")
    }


def reached(start: Iterable[str], names: Mapping[str, str], texts: Mapping[str, str]) -> set[str]:
    """Return the modules that are loaded where those of `start` are, each with its packages."""
    found: set[str] = set()
    waiting = [name for name in start if name in names]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            led = [name.rpartition(".")[0], *mentioned(texts[names[name]])]
            waiting += [it for it in led if it in names]
    return found


def mentioned(text: str) -> Iterator[str]:
    """Yield the names that the text of a module imports or has as a string.

    Some of them are modules, others what a module has; `python -m` starts a package's `__main__`.
    """
    for line in _IMPORT.findall(text):
        yield from (part.split()[0] for part in line.split(",") if part.split())
    for package, what in _FROM.findall(text):
        yield package
        yield from (f"{package}.{name}" for name in re.findall(r"\w+", what))
    for name in _STRING.findall(text):
        yield name
        yield f"{name}.__main__"
