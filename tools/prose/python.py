"""Reads the docstrings and the comments of Python files."""

import ast
import io
import tokenize
from collections.abc import Iterator

from tools.prose.comments import read_comments
from tools.prose.markdown import read_markdown
from tools.prose.passages import Passage

_PARAMETERS = "\nParameters\n----------\n"
_DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def read_python(text: str) -> Iterator[Passage]:
    """Yield the passages of each docstring, then those of comments with lines of their own."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, _DOCUMENTED) and (docstring := ast.get_docstring(node)):
            for passage in read_markdown(_without_names(docstring)):
                yield passage.moved(node.body[0].lineno - 1)
    yield from read_comments(_without_strings(text))


def _without_names(docstring: str) -> str:
    """Return the text with a blank line for each parameter's name, as each has its own passage."""
    text, found, parameters = docstring.partition(_PARAMETERS)
    lines = [
        line.removeprefix("    ") if line.startswith(" ") else "" for line in parameters.split("\n")
    ]
    return "\n".join([text + "\n" * (_PARAMETERS.count("\n") - 1), *lines]) if found else text


def _without_strings(text: str) -> str:
    """Return the lines with comments alone, in place: a string may have lines that begin with #."""
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    lines = enumerate(text.split("\n"), 1)
    return "\n".join(line if number in commented else "" for number, line in lines)
