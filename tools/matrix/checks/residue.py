"""No Jinja is left, and nothing that an update leaves behind."""

import re
from collections.abc import Iterator

from tools.matrix.rendering import TEMPLATE, Rendering
from tools.matrix.values import asked

_ANY = re.compile(r"(?<!\$)\{\{|\{%|\{#")
# Elsewhere braces may be of another language: there, what only Jinja and our questions say.
_OURS = re.compile(rf"\{{\{{-?\s*({'|'.join(asked())})\b|\{{%[-+]?\s*(if|for|set|include|end\w+)\b")


def check(rendering: Rendering) -> Iterator[str]:
    """Yield names with braces or endings that must not be there, and texts with Jinja."""
    for path in rendering.files:
        if "{" in path or path.endswith((".jinja", ".rej", ".orig")):
            yield f"{path}: has no place in a service"
    for path, text in rendering.texts.items():
        pattern = _OURS if (TEMPLATE / path).is_file() else _ANY
        if found := pattern.search(without_answers(text, rendering)):
            line = text.count("\n", 0, text.find(found[0])) + 1
            yield f"{path}:{line}: Jinja is left: {found[0]}"


def without_answers(text: str, rendering: Rendering) -> str:
    """Return `text` without what looks like Jinja in an answer, which is never rendered itself."""
    for answer in rendering.answers.values():
        for braces in re.findall(r"\{\{.*?\}\}|\{%.*?%\}", str(answer)):
            text = text.replace(braces, "")
    return text
