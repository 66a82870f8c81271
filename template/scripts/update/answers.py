"""What Copier has written down: where the template is, and which version of it this is."""

import re
from dataclasses import dataclass
from pathlib import Path

from scripts.update.refused import Refused

FILE = ".copier-answers.yml"


@dataclass(frozen=True)
class Answers:
    """The answers of one rendering; `text` is YAML, without what Copier adds to it."""

    source: str
    version: str
    text: str


def read_answers(project: Path) -> Answers:
    """Return what is written down in a project; raises `Refused` where that is too little."""
    file = project / FILE
    if not file.is_file():
        raise Refused(f"there is no {FILE}: this project does not know its template")
    lines = file.read_text().splitlines(keepends=True)
    source, version = _value(lines, "_src_path"), _value(lines, "_commit")
    if source is None or version is None:
        raise Refused(
            f"{FILE} has no _src_path and _commit: the template was no git repository. Put its "
            "URL, and the version that this project was made from, into that file"
        )
    if not re.match(r"[/~]|.+:", source):
        raise Refused(
            f"the template is known as {source}, which depends on where Copier was called: put "
            f"its URL, or an absolute path, into {FILE} as _src_path"
        )
    return Answers(source, version, "".join(line for line in lines if not line.startswith("_")))


def _value(lines: list[str], name: str) -> str | None:
    """Return a value that Copier writes on one line."""
    for line in lines:
        key, separator, value = line.partition(": ")
        if separator and key == name:
            return value.strip().strip("'\"") or None
    return None
