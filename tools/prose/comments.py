"""Reads the comments of files in which `#` begins one: settings, YAML, TOML."""

import re
from collections.abc import Iterator
from itertools import groupby

from tools.prose.markdown import read_markdown
from tools.prose.passages import Passage

_COMMENT = re.compile(r"^\s*#(?:!.*| ?)(.*)")
# A setting that is commented out, such as `# HTTP_PORT=8000`, is no prose.
_SETTING = re.compile(r"^[A-Z][A-Z0-9_]*=")


def read_comments(text: str) -> Iterator[Passage]:
    """Yield the passages of the comments that have lines of their own."""
    lines = [(number, _COMMENT.match(line)) for number, line in enumerate(text.split("\n"))]
    for commented, group in groupby(lines, lambda line: line[1] is not None):
        if commented:
            block = [(number, found[1]) for number, found in group if found is not None]
            prose = "\n".join("" if _SETTING.match(line) else line for _, line in block)
            for passage in read_markdown(prose):
                yield passage.moved(block[0][0])
