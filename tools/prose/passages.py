"""A passage: a stretch of prose in a file, without its markup."""

import re
from dataclasses import dataclass

# A placeholder for inline code, which the rules do not judge.
CODE = "CODE"

_INLINE_CODE = re.compile(r"`[^`]+`")


@dataclass(frozen=True)
class Passage:
    """A paragraph, a list item, a table cell or a heading, and the line where it begins."""

    text: str
    line: int
    heading: bool = False

    def moved(self, lines: int) -> "Passage":
        """Return the passage as it is `lines` further down."""
        return Passage(self.text, self.line + lines, self.heading)


def without_code(text: str) -> str:
    """Return `text` with a placeholder for each piece of inline code."""
    return _INLINE_CODE.sub(CODE, text)
