"""Processes that may have few files open, as shells and service managers start them."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest


@contextmanager
def few_files(count: int) -> Iterator[int]:
    """Bound this process, and those that it starts, and return what they may raise it to."""
    if sys.platform == "win32":
        pytest.skip("Windows bounds no files")
    else:
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (count, hard))
        try:
            yield hard
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
