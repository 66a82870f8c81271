"""Holds files to the rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.prose.read import read
from tools.prose.rules import RULES
from tools.prose.sentences import sentences


@dataclass(frozen=True)
class Finding:
    """A sentence that breaks a rule."""

    path: Path
    line: int
    rule: str
    reason: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.reason}\n    {self.sentence}"


def check(path: Path) -> Iterator[Finding]:
    """Yield what breaks a rule in a file; raises `OSError` or `ValueError` if it is unreadable."""
    for passage in read(path):
        for sentence in sentences(passage):
            for name, rule in RULES.items():
                if reason := rule(sentence):
                    yield Finding(path, sentence.line, name, reason, sentence.text)
