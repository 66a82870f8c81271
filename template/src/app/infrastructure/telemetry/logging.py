"""Logs: the standard library's records, rendered by structlog as console lines or JSON."""

import json
import logging
import sys
from collections.abc import Callable
from enum import Enum
from textwrap import indent
from traceback import format_exception
from typing import Any, Literal, TextIO

import msgspec
import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from app.application.access.caller import ANONYMOUS
from app.application.context import current_context
from app.domain.text import printable, printable_json, printable_lines


def configure_logging(form: Literal["console", "json"], level: str) -> None:
    """Send all log records to stderr; each carries the request and trace it belongs to.

    `level` is that of the service itself; libraries stay at INFO or above.
    """
    log_level = logging.getLevelNamesMapping()[level]
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
    ]
    renderers: list[Processor]
    if form == "console":
        renderers = [
            _plain,
            _only_printable,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=_write_exception
            ),
        ]
    else:
        renderers = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_json)]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(logging.INFO, log_level), force=True)
    # What libraries tell below INFO is for their own developers, what Alembic tells at INFO too.
    logging.getLogger("app").setLevel(log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # No line tells of these, and to find them out takes as long as to write one.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _json(event: EventDict, default: Callable[[Any], Any]) -> str:
    try:
        return printable_json(msgspec.json.encode(event, enc_hook=default).decode())
    except UnicodeEncodeError:
        # A lone surrogate, which may come from a caller: this one is slower, and escapes it.
        return json.dumps(event, default=default)


def _plain(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Show members of enumerations by their values, as JSON has them, not by their `repr`."""
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in event.items()
    }


def _only_printable(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Escape what would move the cursor: callers choose methods, paths, ids and their own names.

    What is no text is shown by its `repr`, which escapes it.
    """
    return {
        name: printable(value) if isinstance(value, str) else value for name, value in event.items()
    }


def _write_exception(sio: TextIO, exc_info: ExcInfo) -> None:
    """Write the traceback without variables, whose values are secrets too; indented.

    The text of an exception has lines of its own, which are not to look like lines of the log.
    """
    lines = printable_lines("".join(format_exception(*exc_info)).rstrip("\n"))
    sio.write("\n" + indent(lines, "    "))


def _add_context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = current_context()
    if context is not None:
        event.setdefault("request_id", context.request_id)
        event.setdefault("trace_id", context.trace_id)
        if context.caller is not ANONYMOUS:
            event.setdefault("caller", context.caller.name)
    return event
