"""Divides passages into sentences."""

import re
from collections.abc import Iterator

from tools.prose.passages import Passage, without_code

# After a full stop, a question mark or an exclamation mark, with what may close behind it.
_END = re.compile(r"(?<=[.!?])[\"')*_]*\s+(?=[A-Z\"'(*_\d])")
_WORD = re.compile(r"\S*\w\S*")


def sentences(passage: Passage) -> Iterator[Passage]:
    """Yield each sentence of a passage, in one line, with the line where it begins."""
    text, start = without_code(passage.text), 0
    ends = [found.end() for found in _END.finditer(text)]
    for end in [*ends, len(text)]:
        line = passage.line + text.count("\n", 0, start)
        yield Passage(" ".join(text[start:end].split()), line, passage.heading)
        start = end


def count_words(sentence: str) -> int:
    """Return how many words a sentence has; a dash between spaces is none."""
    return len(_WORD.findall(sentence))
