"""The record of a run, line by line, for later reading."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

Event = dict[str, Any]


class History:
    """Writes events into a file, each with the seconds since the beginning.

    Nothing of it stays in memory: a run of an hour has millions of them.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._began = time.monotonic()
        self._file = path.open("w")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()

    def now(self) -> float:
        """Return the seconds since the beginning."""
        return time.monotonic() - self._began

    def note(self, event: str, **fields: object) -> None:
        """Write down what happened just now."""
        line = json.dumps({"at": round(self.now(), 3), "event": event, **fields})
        self._file.write(f"{line}\n")

    def __iter__(self) -> Iterator[Event]:
        """Return all that was written so far, in order."""
        self._file.flush()
        with self.path.open() as lines:
            for line in lines:
                yield json.loads(line)
