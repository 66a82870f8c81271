"""Quotations in pages: the code is named, not copied, so that it cannot go stale.

A line of a page such as

    --8<-- "template/src/chassis/application/relay.py:Relay.drain"

becomes a code block with that method, as it stands in the file; without a name, with the whole
file. Several names are divided by commas. A Markdown page is inserted as a whole, or only the
section of that heading. A missing file or name fails the build (`tools/site.py`).

It reads the layout of formatted code and no syntax: a service may need a newer Python than this.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parent.parent
# The part of the path that a service's reader does not see.
TEMPLATE = "template/"

_LINE = re.compile(r'--8<-- "([^":]+)(?::([\w., ]+))?"')
_LANGUAGES = {".py": "python", ".ini": "ini", ".importlinter": "ini", ".yml": "yaml"}


def excerpt(path: Path, names: str | None = None) -> str:
    """Return the named parts of a file, or all of it; raises `LookupError` or `OSError`."""
    lines = path.read_text("utf-8").rstrip("\n").split("\n")
    if names is None:
        return "\n".join(lines)
    return "\n\n".join(_part(path, lines, name.strip()) for name in names.split(","))


def section(path: Path, heading: str | None = None) -> str:
    """Return a section of a page, or all of it; raises `LookupError` or `OSError`."""
    text = path.read_text("utf-8").rstrip("\n")
    if heading is None:
        return text
    found = re.search(rf"^## {re.escape(heading)}$.*?(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    if found is None:
        raise LookupError(f"{path} has no section {heading}")
    return found[0].rstrip("\n")


def expand(text: str) -> str:
    """Return a page with all its quotations."""
    return "\n".join(part for line in text.split("\n") for part in _expand(line))


def _expand(line: str) -> Iterator[str]:
    asked = _LINE.fullmatch(line)
    if asked is None:
        yield line
        return
    path, names = asked.groups()
    if path.endswith(".md"):
        yield from section(ROOT / path, names).split("\n")
        return
    language = _LANGUAGES.get(Path(path).suffix or Path(path).name, "text")
    yield f'```{language} title="{path.removeprefix(TEMPLATE)}"'
    yield from excerpt(ROOT / path, names).split("\n")
    yield "```"


def _part(path: Path, lines: list[str], name: str) -> str:
    for depth, step in enumerate(name.split(".")):
        defines = re.compile(rf" {{{4 * depth}}}((async )?def |class |type )?{step}\b[^.]")
        start = next((n for n, line in enumerate(lines) if defines.match(line)), None)
        if start is None:
            raise LookupError(f"{path} has no {name}")
        lines = lines[_decorated(lines, start) : _end(lines, start, 4 * depth)]
    return dedent("\n".join(lines))


def _decorated(lines: list[str], start: int) -> int:
    """Return where the decorators of the definition at `start` begin, or `start`."""
    decorator = re.compile(r" *@")
    first = start
    for number in range(start - 1, -1, -1):
        if not lines[number].strip():
            break
        if decorator.match(lines[number]):
            first = number
    return first


def _end(lines: list[str], start: int, indent: int) -> int:
    """Return where the block at `start` ends: before the next line that is no deeper."""
    end = start + 1
    for number in range(start + 1, len(lines)):
        line = lines[number]
        if line.strip() and len(line) - len(line.lstrip()) <= indent and line[indent] not in ")]}":
            break
        if line.strip():
            end = number + 1
    return end
