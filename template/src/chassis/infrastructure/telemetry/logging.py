"""Logs: the standard library's records, rendered by structlog as console lines or JSON."""

import logging
from typing import Literal

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from chassis.application.access.caller import ANONYMOUS
from chassis.application.context import current_context
from chassis.infrastructure.telemetry.console import console_processors
from chassis.infrastructure.telemetry.json_lines import to_json
from chassis.infrastructure.telemetry.log_writer import STDERR


def configure_logging(form: Literal["console", "json"], level: str, service: str) -> None:
    """Send all log records to stderr; each carries the request and trace it belongs to.

    `level` is that of the package `service` and of the chassis; libraries stay at INFO or above.
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
        renderers = console_processors()
    else:
        renderers = [
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(to_json),
        ]
    handler = logging.StreamHandler(STDERR)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
        )
    )
    logging.basicConfig(handlers=[handler], level=max(logging.INFO, log_level), force=True)
    # The libraries' records below INFO are for their own developers, as are Alembic's at INFO.
    for name in (service, "chassis"):
        logging.getLogger(name).setLevel(log_level)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    # No line shows these, and collecting them takes as long as writing one.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False


def _add_context(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    context = current_context()
    if context is not None:
        event.setdefault("request_id", context.request_id)
        event.setdefault("trace_id", context.trace_id)
        if context.caller is not ANONYMOUS:
            event.setdefault("caller", context.caller.name)
    return event
