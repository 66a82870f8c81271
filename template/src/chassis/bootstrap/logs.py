"""The format of logs: as set, or as fits their destination."""

import sys
from typing import Literal

from chassis.application.ports.metrics import Metrics
from chassis.application.ports.request_log import RequestLog
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.telemetry.logging import configure_logging
from chassis.infrastructure.telemetry.request_log import BufferedRequestLog
from chassis.service_package import service_name


def configure_logs(settings: CoreSettings) -> None:
    """Send logs to stderr: for people on a terminal, else as JSON, unless a setting says which."""
    configure_logging(_form(settings), settings.log_level, service_name())


def make_request_log(settings: CoreSettings, metrics: Metrics) -> RequestLog:
    """Return the log of requests, in the same format, which counts lost lines in `metrics`."""
    return BufferedRequestLog(_form(settings), metrics)


def _form(settings: CoreSettings) -> Literal["console", "json"]:
    if settings.log_format == "auto":
        return "console" if sys.stderr.isatty() else "json"
    return settings.log_format
