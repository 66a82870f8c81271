"""Hears what the service logs: what it did not foresee is an error there, whatever it answers."""

import logging

from chassis.infrastructure.telemetry.logging import configure_logging


class Watch(logging.Handler):
    """Renders each record as the service does, and keeps the first that is an error."""

    def __init__(self) -> None:
        configure_logging("json", "INFO", "app")
        root = logging.getLogger()
        super().__init__()
        self.setFormatter(root.handlers[0].formatter)
        root.handlers[:] = [self]
        self._error: logging.LogRecord | None = None
        self._failure: Exception | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Render it; it is written nowhere."""
        if record.levelno >= logging.ERROR:
            self._error = self._error or record
        try:
            line = self.format(record)
            assert "\n" not in line, f"several lines in the log: {line!r}"
        except Exception as error:
            self._failure = self._failure or error

    def check(self) -> None:
        """Raise what was wrong with the log since the last time, if there was anything."""
        record, failure = self._error, self._failure
        self._error = self._failure = None
        if record is not None:
            cause = record.exc_info[1] if record.exc_info else None
            raise AssertionError(f"the service logged: {record.getMessage()}") from cause
        if failure is not None:
            raise AssertionError("what the service logged cannot be written") from failure


WATCH = Watch()
