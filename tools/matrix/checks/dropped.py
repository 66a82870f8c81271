"""Nothing is named that an answer took away."""

import re
from collections.abc import Iterator
from itertools import accumulate
from pathlib import PurePosixPath

from tools.matrix.rendering import Rendering

# They are the same for all answers, and say what is to be done *where* there is something.
PATTERNS = {".coveragerc", ".dockerignore", ".gitignore", ".importlinter"}
_WORD = re.compile(r"[\w./-]+")


def check(rendering: Rendering) -> Iterator[str]:
    """Yield each place where a text names a file, a folder or a module that was left out."""
    names = spelled(gone(rendering))
    words = {
        path: {word.strip("./") for word in _WORD.findall(text)}
        for path, text in rendering.texts.items()
        if path not in PATTERNS
    }
    # Most words are in many files: each is looked at once.
    wrong = {word: {*beginnings(word)} & names for word in set().union(*words.values())}
    for path, found in words.items():
        for name in sorted(set().union(*(wrong[word] for word in found))):
            yield f"{path}: names {name}, which was left out"


def gone(rendering: Rendering) -> set[str]:
    """Return the paths of the files that were left out, and of folders with nothing in them."""
    kept = {str(it) for path in rendering.files for it in PurePosixPath(path).parents}
    folders = {str(it) for path in rendering.dropped for it in PurePosixPath(path).parents}
    return rendering.dropped | (folders - kept)


def spelled(paths: set[str]) -> set[str]:
    """Return these paths in each way in which a text may name them.

    A folder or a file of a single word needs something that makes it a path.
    """
    inside = {path.removeprefix("src/") for path in paths}
    inside |= {path.removeprefix("app/").removeprefix("chassis/") for path in inside}
    dotted = {path.removesuffix(".py").replace("/", ".") for path in paths | inside}
    return {name for name in paths | inside | dotted if re.search(r"[/.]|^[A-Z]", name)}


def beginnings(word: str) -> Iterator[str]:
    """Yield `word` and what it begins with, up to each slash or dot."""
    parts = re.split(r"([/.])", word)
    yield from list(accumulate(parts))[::2]
