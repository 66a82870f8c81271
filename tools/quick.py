"""Has Copier do once what it does again and again, and come to the same.

It compiles each part of each path separately: thousands of texts, of which hundreds differ.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from copier import _main as copier_main
from jinja2 import Environment

_compile = Environment.compile
_kept: dict[tuple[Any, ...], Any] = {}


@contextmanager
def quick_copier() -> Iterator[None]:
    """Have Copier take less than half the time in this process, as long as the block lasts."""
    # For each file that it writes it asks git, in a process, whether that goes without executable
    # bits (`core.fileMode`), as on Windows.
    with compiled_once(), patch.object(copier_main, "is_git_available", return_value=False):
        yield


@contextmanager
def compiled_once() -> Iterator[None]:
    """Compile each text once in this process, as long as the block lasts.

    The rendered text stays the same: values are no part of the compiled text.
    """
    with patch.object(Environment, "compile", _compile_once):
        yield


def _compile_once(environment: Environment, source: Any, *rest: Any) -> Any:
    # The lexer stands for the delimiters, and is the same object wherever they are the same.
    key = (type(environment), environment.lexer, environment.optimized, source, *rest)
    if key not in _kept:
        _kept[key] = _compile(environment, source, *rest)
    return _kept[key]
