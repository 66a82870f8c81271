"""Writes log lines in their order: at once, or many together from a thread of its own."""

import atexit
import os
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol, TextIO

# Seconds that a line waits for more lines to be written with it.
INTERVAL = 0.1
# Lines that are written before the end of the interval: to render them takes half a millisecond, in
# which requests wait.
BATCH = 250
# The most lines that may wait: a line is 300 characters, and at worst 2,000.
LIMIT = 10_000


def _ignore(count: int) -> None:
    """Count no losses: there is no counter yet."""


class Renderable(Protocol):
    """A line that becomes text when it is written."""

    def render(self) -> str:
        """Return the text, with its line feed."""
        ...


class LogWriter:
    """A stream for `logging.StreamHandler` that also takes lines to be written later.

    All lines reach the stream in the order in which they were given: the waiting ones come before a
    line that is written at once. The end of the interpreter writes them, too; a killed process
    loses the lines of the last `interval` seconds. `on_loss` gets the number of lost lines.
    """

    def __init__(
        self,
        stream: Callable[[], TextIO],
        interval: float = INTERVAL,
        batch: int = BATCH,
        limit: int = LIMIT,
    ) -> None:
        self.on_loss: Callable[[int], None] = _ignore
        self._stream = stream
        self._interval = interval
        self._batch = batch
        self._limit = limit
        self.forget()

    def forget(self) -> None:
        """Restart in a forked process: the waiting lines and the thread are its parent's."""
        self._lines: deque[str | Renderable] = deque()
        # A signal's handler may log while its thread is writing.
        self._writing = threading.RLock()
        self._has_lines = threading.Event()
        self._has_batch = threading.Event()
        self._thread: threading.Thread | None = None

    def write(self, text: str) -> None:
        """Take text that the next `flush` writes."""
        self._lines.append(text)

    def write_later(self, line: str | Renderable) -> None:
        """Take a line that is rendered and written within the interval.

        The line is lost if too many wait already.
        """
        waiting = len(self._lines)
        if waiting >= self._limit:
            self.on_loss(1)
            return
        self._lines.append(line)
        if not self._has_lines.is_set():
            self._has_lines.set()
            self._start()
        if waiting + 1 == self._batch:
            self._has_batch.set()

    def flush(self) -> None:
        """Write all waiting lines; raises `OSError` or `ValueError` if the stream fails.

        The lines are lost then.
        """
        with self._writing:
            lines = [self._lines.popleft() for _ in range(len(self._lines))]
            if not lines:
                return
            try:
                stream = self._stream()
                stream.write("".join([_text(line) for line in lines]))
                stream.flush()
            except Exception:
                self.on_loss(len(lines))
                raise

    def _start(self) -> None:
        if self._thread is None:
            atexit.register(self.flush)
        # It has ended if a line could not be rendered; its traceback is on stderr.
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="log writer", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            self._has_lines.wait()
            self._has_batch.wait(self._interval)
            self._has_lines.clear()
            self._has_batch.clear()
            with suppress(OSError, ValueError):
                self.flush()


def _text(line: str | Renderable) -> str:
    return line if isinstance(line, str) else line.render()


# One for the process, as its standard error is; looked up late, since it can be exchanged.
STDERR = LogWriter(lambda: sys.stderr)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=STDERR.forget)
