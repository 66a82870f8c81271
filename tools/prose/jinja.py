"""Removes the tags of Jinja, so that only prose is left."""

import re

from tools.prose.passages import CODE

_TAG = re.compile(r"\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_VALUE = re.compile(r"\{\{.*?\}\}", re.DOTALL)


def without_tags(text: str) -> str:
    """Return `text` without tags, and with a placeholder for each value; lines stay in place."""
    text = _TAG.sub(lambda found: "\n" * found[0].count("\n"), text)
    return _VALUE.sub(lambda found: CODE + "\n" * found[0].count("\n"), text)
