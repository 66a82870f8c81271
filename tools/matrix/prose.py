"""The code in a project's texts: between backticks, and in blocks of Markdown."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tools.matrix.rendering import Rendering
from tools.recipes import read_recipes

_TICKED = re.compile(r"`([^`\n]+)`")
# Comments, which the formatter puts at the beginning of a line or after two spaces, and docstrings.
_PROSE = re.compile(r'"""(.*?)"""|(?:^|  )[ \t]*# ([^\n]*)', re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_INDENTED = re.compile(r"^ {4}(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Said:
    """A piece of code, and the file that has it."""

    file: str
    code: str


def said(rendering: Rendering) -> Iterator[Said]:
    """Yield each piece of code in a project's texts, without those that an answer brought."""
    answers = "\n".join(str(it) for it in rendering.answers.values())
    for file, text in rendering.texts.items():
        for code in _TICKED.findall(_prose(file, text)):
            if f"`{code}`" not in answers:
                yield Said(file, code)
        for line in _lines(text) if file.endswith(".md") else ():
            yield Said(file, line)


def brought(rendering: Rendering) -> set[str]:
    """Return the paths that the recipes make."""
    steps = [step for steps in read_recipes(rendering.path).values() for step in steps]
    named = {step.path for step in steps if step.path and step.language != "diff"}
    made = re.findall(
        r"^(?:mkdir(?: -p)?|touch) (.+)$",
        "\n".join(step.text for step in steps if step.language == "sh"),
        re.MULTILINE,
    )
    return named | {path for line in made for path in line.split()}


def _prose(file: str, text: str) -> str:
    """Return what of `text` is prose, and may so have code between backticks."""
    if file.endswith(".py"):
        return "\n".join(docstring or comment for docstring, comment in _PROSE.findall(text))
    return _FENCED.sub("", text) if file.endswith(".md") else text


def _lines(text: str) -> Iterator[str]:
    """Yield the lines of shell in `text`, without their comments."""
    blocks = [body for language, body in _FENCED.findall(text) if language == "sh"]
    blocks += _INDENTED.findall(_FENCED.sub("", text))
    for line in "\n".join(blocks).splitlines():
        if bare := re.sub(r"(^|\s)#.*", "", line).strip():
            yield bare
