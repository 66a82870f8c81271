"""The log of requests: a line is rendered once and waits to be written with others."""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType

from chassis.application.access.caller import ANONYMOUS
from chassis.application.context import Context, current_context
from chassis.application.ports.metrics import Counter, Metrics
from chassis.infrastructure.telemetry.console import console_processors
from chassis.infrastructure.telemetry.json_lines import to_json
from chassis.infrastructure.telemetry.log_writer import STDERR, LogWriter

# Its level decides whether requests are logged; it creates no records, which take longer than a
# line.
log = logging.getLogger(__name__)

LOST = Counter("log_lines_lost", "Log lines that could not be written, or not in time.")


class _Line(Struct, gc=False):
    event: str
    level: str
    logger: str
    transport: str
    method: str | None
    path: str | UnsetType
    status: int | UnsetType
    code: int | str | UnsetType
    duration_ms: float
    timestamp: datetime
    request_id: str | UnsetType = UNSET
    trace_id: str | UnsetType = UNSET
    caller: str | UnsetType = UNSET


class _Request(Struct, gc=False):
    """The data of a request at its end; it is rendered with others, which is faster."""

    form: Callable[[_Line], str]
    time: float
    context: Context | None
    transport: str
    method: str | None
    seconds: float
    path: str | UnsetType
    status: int | UnsetType
    code: int | str | UnsetType

    def render(self) -> str:
        line = _Line(
            "request",
            "info",
            __name__,
            self.transport,
            self.method,
            self.path,
            self.status,
            self.code,
            round(self.seconds * 1000, 2),
            datetime.fromtimestamp(self.time, UTC),
        )
        if self.context is not None:
            line.request_id = self.context.request_id
            line.trace_id = self.context.trace_id
            if self.context.caller is not ANONYMOUS:
                line.caller = self.context.caller.name
        return self.form(line) + "\n"


class BufferedRequestLog:
    """Writes the same as `logging.info`, in a tenth of its time; on while its level is INFO.

    A line that finds too many waiting is lost, and counted as `log_lines_lost_total`.
    """

    def __init__(
        self, form: Literal["console", "json"], metrics: Metrics, writer: LogWriter = STDERR
    ) -> None:
        self._form = _Console() if form == "console" else _json
        self._writer = writer
        metrics.count(LOST, amount=0)
        writer.on_loss = lambda count: metrics.count(LOST, amount=count)

    def write(
        self,
        transport: str,
        method: str | None,
        seconds: float,
        *,
        path: str | UnsetType = UNSET,
        status: int | UnsetType = UNSET,
        code: int | str | UnsetType = UNSET,
    ) -> None:
        """Log a request that ended after `seconds`, with the ids and the caller of its context."""
        if not log.isEnabledFor(logging.INFO):
            return
        now, context = time.time(), current_context()
        self._writer.write_later(
            _Request(self._form, now, context, transport, method, seconds, path, status, code)
        )

    def flush(self) -> None:
        """Write the lines that still wait; those that cannot be written are lost, and counted."""
        with suppress(OSError, ValueError):
            self._writer.flush()


def _json(line: _Line) -> str:
    return to_json(line, msgspec.to_builtins)


class _Console:
    def __init__(self) -> None:
        self._processors = console_processors()

    def __call__(self, line: _Line) -> str:
        event: Any = msgspec.to_builtins(line)
        for process in self._processors:
            event = process(None, line.level, event)
        return str(event)
