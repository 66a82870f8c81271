"""The commands that a page tells its reader to type, as they are written."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.excerpts import expand

_BLOCK = re.compile(r"^(?:`([^`\n]+)`\n\n)?```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def commands(page: Path, project: Path) -> Iterator[tuple[bool, str]]:
    """Yield a page's commands, in order, each with whether it stays up.

    Files that it shows are written into `project` on the way.
    """
    for path, language, text in _BLOCK.findall(expand(page.read_text())):
        if path:
            (project / path).write_text(text)
        elif "sh" in language:
            yield "stays" in language, text.strip()


def indented_commands(text: str) -> Iterator[tuple[bool, str]]:
    """Yield the commands of indented blocks: a service and a stream stay up."""
    for block in re.findall(r"(?:^ {4}.*\n)+", text, re.MULTILINE):
        lines = re.sub(r"^ {4}", "", block, flags=re.MULTILINE).strip()
        *ending, last = re.sub(r"\\\n", "", lines).split("\n")
        stays = last.endswith("serve") or "curl -N" in last
        if ending or not stays:
            yield False, "\n".join(ending if stays else [*ending, last])
        if stays:
            yield True, last
