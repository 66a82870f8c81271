"""Reads the prose of a Markdown page: no code blocks, no HTML, no quoted files."""

from collections.abc import Iterator, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tools.prose.passages import CODE, Passage

_PARSER = MarkdownIt("commonmark").enable("table")
# `tools/excerpts.py` puts a file in the place of such a line.
_EXCERPT = "--8<--"


def read_markdown(text: str) -> Iterator[Passage]:
    """Yield the passages of a page; lines count from 1."""
    line, heading = 1, False
    for token in _PARSER.parse(text):
        if token.map:
            line = token.map[0] + 1
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        if token.type == "inline" and not token.content.startswith(_EXCERPT):
            yield Passage(_plain(token.children or ()), line, heading)


def _plain(tokens: Sequence[Token]) -> str:
    return "".join(_piece(token) for token in tokens)


def _piece(token: Token) -> str:
    match token.type:
        case "text" | "text_special":
            return token.content
        case "code_inline":
            return CODE
        case "softbreak" | "hardbreak":
            return "\n"
        case "image":
            return _plain(token.children or ())
        case _:
            return ""
