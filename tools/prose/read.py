"""Reads the prose of a file, by what kind of file it is."""

from collections.abc import Iterator
from pathlib import Path

from tools.prose.comments import read_comments
from tools.prose.jinja import without_tags
from tools.prose.markdown import read_markdown
from tools.prose.passages import Passage
from tools.prose.python import read_python
from tools.prose.questions import read_questions


def read(path: Path) -> Iterator[Passage]:
    """Return the passages of a file; raises `OSError` or `ValueError` if it is unreadable."""
    text = path.read_text("utf-8")
    if path.name == "CHANGELOG.md":
        text = _unreleased(text)
    # A question's help is rendered by itself: its tags are no lines of their own.
    if path.suffix == ".yml":
        return read_questions(text)
    # Fragments have tags, too, under names that do not say so.
    if path.suffix == ".jinja" or "fragments" in path.parts:
        text = without_tags(text)
    match path.with_suffix("") if path.suffix == ".jinja" else path:
        case Path(suffix=".md"):
            return read_markdown(text)
        case Path(suffix=".py"):
            return read_python(text)
        case _:
            return read_comments(text)


def _unreleased(changelog: str) -> str:
    """Return a changelog up to its first release: what is released stays as it was."""
    head, _, rest = changelog.partition("\n## ")
    unreleased, _, _ = rest.partition("\n## ")
    return f"{head}\n## {unreleased}"
