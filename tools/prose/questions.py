"""Reads what Copier's files tell their reader: help texts, messages, comments."""

import re
from collections.abc import Iterator

import yaml

from tools.prose.comments import read_comments
from tools.prose.jinja import without_tags
from tools.prose.markdown import read_markdown
from tools.prose.passages import Passage

# Only one of the texts between them is shown.
_ALTERNATIVES = re.compile(r"\{%-?\s*(?:elif|else)\b.*?%\}")


def read_questions(text: str) -> Iterator[Passage]:
    """Yield the passages of `help`, of `validator` and of each `_message_…`, then of comments."""
    for document in yaml.compose_all(text, yaml.SafeLoader):
        yield from _shown(document)
    yield from read_comments(text)


def _shown(node: yaml.Node) -> Iterator[Passage]:
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        if not isinstance(value, yaml.ScalarNode):
            yield from _shown(value)
        elif key.value in ("help", "validator") or key.value.startswith("_message_"):
            first = value.start_mark.line + (value.style in ("|", ">"))
            for part in _ALTERNATIVES.split(value.value):
                for passage in read_markdown(without_tags(part)):
                    yield passage.moved(first)
                first += part.count("\n")
