"""The progress of a command: a bar on a terminal, else a line from time to time; on stderr."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress

# Seconds between two lines, which may end up in a log.
INTERVAL = 5.0

# How much is done, and the line that says so.
type Tell = Callable[[int, str], None]


@contextmanager
def progress(name: str, total: int, interval: float = INTERVAL) -> Iterator[Tell]:
    """Yield a function to call after each step; `total` is how much there is to do.

    The lines are at least `interval` seconds apart, and none comes before the first interval.
    """
    if sys.stderr.isatty():
        with Progress(transient=True, console=Console(stderr=True)) as bar:
            task = bar.add_task(name, total=total)
            yield lambda done, _: bar.update(task, completed=done)
        return
    due = time.monotonic() + interval

    def tell(_: int, line: str) -> None:
        nonlocal due
        if time.monotonic() >= due:
            sys.stderr.write(f"{line}\n")
            sys.stderr.flush()
            due = time.monotonic() + interval

    yield tell
