"""Log lines for people: one event, printable, with colours on a terminal."""

import sys
from enum import Enum
from textwrap import indent
from traceback import format_exception
from typing import TextIO

import structlog
from structlog.typing import EventDict, ExcInfo, Processor, WrappedLogger

from chassis.domain.text import printable, printable_lines


def console_processors() -> list[Processor]:
    """Return the renderer of an event as a line."""
    return [
        _plain,
        _only_printable,
        structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=_write_exception
        ),
    ]


def _plain(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Show members of enumerations by their values, as JSON has them, not by their `repr`."""
    return {
        name: value.value if isinstance(value, Enum) else value for name, value in event.items()
    }


def _only_printable(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Escape control characters: callers choose methods, paths, ids and their own names.

    A value that is no text is shown by its `repr`, which escapes it.
    """
    return {
        name: printable(value) if isinstance(value, str) else value for name, value in event.items()
    }


def _write_exception(sio: TextIO, exc_info: ExcInfo) -> None:
    """Write the traceback without variables, whose values are secrets too; indented.

    An exception's text may have several lines, which must not look like lines of the log.
    """
    lines = printable_lines("".join(format_exception(*exc_info)).rstrip("\n"))
    sio.write("\n" + indent(lines, "    "))
