"""The rules of plain English that a program can judge.

Each takes a sentence and returns what is wrong with it, or nothing.
"""

import re
from collections.abc import Callable
from types import MappingProxyType

from tools.prose.names import class_names
from tools.prose.passages import Passage
from tools.prose.sentences import count_words
from tools.prose.words import INSTEAD

MAX_WORDS = 25

# A question may begin so. A label, such as "What is counted:", may not.
_OPENING = re.compile(r"(?:Of|Where|Wherever|Whoever|Who|Whose|Whom|What|Whatever|Which)\b")
_WORD = re.compile(r"[A-Za-z_]\w*")
_NOBODY = re.compile(
    r"\b(?:nobody|somebody|anybody|everybody|no one|someone|anyone|everyone)\b|\swhoever\b"
    r"|\bothers (?:who|that|may|can|could|must|have|had|are|were|do|see|read|wait|ask)\b"
    r"|^Others\b",
    re.IGNORECASE,
)


def long_sentence(sentence: Passage) -> str | None:
    """A sentence has 25 words at most."""
    words = count_words(sentence.text)
    return f"{words} words: split it" if words > MAX_WORDS else None


def opening(sentence: Passage) -> str | None:
    """A sentence begins with its subject, not with a clause about it."""
    if sentence.heading or sentence.text.rstrip(")*_\"'").endswith("?"):
        return None
    found = _OPENING.match(sentence.text.lstrip("(*_\"'“"))
    return f'begins with "{found[0]}": begin with the subject' if found else None


def actor(sentence: Passage) -> str | None:
    """The one who acts is named: the caller, the consumer, the relay."""
    found = _NOBODY.search(sentence.text)
    return f'"{found[0].strip()}": name who it is' if found else None


def private_word(sentence: Passage) -> str | None:
    """The standard term is used, and no word or metaphor of our own."""
    for pattern, instead in INSTEAD:
        if found := pattern.search(sentence.text):
            return f'"{found[0]}": {instead}'
    return None


def class_name(sentence: Passage) -> str | None:
    """The name of a class is marked as code: elsewhere, a rename has replaced an English word."""
    for word in _WORD.findall(sentence.text):
        if word in class_names():
            return f'"{word}" is a class: mark it as code, or write an English word'
    return None


RULES: MappingProxyType[str, Callable[[Passage], str | None]] = MappingProxyType(
    {
        "length": long_sentence,
        "opening": opening,
        "actor": actor,
        "private word": private_word,
        "class name": class_name,
    }
)
