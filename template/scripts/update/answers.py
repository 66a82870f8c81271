"""Copier's answers file: the template's location, and the version of this service."""

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


def keep_source(project: Path, rendered: Path) -> None:
    """Let a rendering name the template as the project does, not the clone that it came from."""
    lines = (project / FILE).read_text().splitlines(keepends=True)
    source = next(line for line in lines if line.startswith("_src_path: "))
    text = (rendered / FILE).read_text().splitlines(keepends=True)
    kept = [source if line.startswith("_src_path: ") else line for line in text]
    (rendered / FILE).write_text("".join(kept))


def names(text: str) -> set[str]:
    """Return what is answered in the text of an answers file."""
    return set(re.findall(r"^([a-z]\w*):", text, re.MULTILINE))


def _value(lines: list[str], name: str) -> str | None:
    """Return a value that Copier writes on one line."""
    for line in lines:
        key, separator, value = line.partition(": ")
        if separator and key == name:
            return value.strip().strip("'\"") or None
    return None
