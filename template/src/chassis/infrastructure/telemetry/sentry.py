"""Reports of unforeseen errors to Sentry, without personal data and without secrets."""

import logging
import time
from typing import Any

from sentry_sdk import Client
from sentry_sdk.utils import event_from_exception

from chassis.application.errors import ApplicationError
from chassis.domain.errors import Invalid

# Seconds that the end waits until the last reports are sent.
TIMEOUT = 2.0
# An error of each request would cost more than the request; Sentry groups equal ones anyway.
MOST_PER_MINUTE = 60
MINUTE = 60.0

# All that a report has. Other fields may have values of requests, variables or the environment.
_KEPT = ("event_id", "timestamp", "level", "platform", "logger", "release", "environment", "sdk")
_KEPT_OF_ERROR = ("type", "module", "mechanism")
_KEPT_OF_FRAME = (
    *("filename", "abs_path", "function", "module", "lineno", "in_app"),
    *("pre_context", "context_line", "post_context"),
)


class SentryReports(logging.Handler):
    """A log handler that reports the errors in log records, and by itself those given to `report`.

    A report has the types of an error and of its causes, and where in the code they were raised.
    It has no text of an error, which may quote a request. Refusals and servers that are away are
    foreseen, and not reported.
    """

    def __init__(self, dsn: str, environment: str, release: str) -> None:
        super().__init__(logging.WARNING)
        self._began = float("-inf")
        self._count = 0
        self._client = Client(
            dsn,
            environment=environment,
            release=release,
            before_send=_without_values,
            # Each of them changes code of libraries, or collects values of requests.
            default_integrations=False,
            auto_enabling_integrations=False,
            auto_session_tracking=False,
            enable_backpressure_handling=False,
            send_client_reports=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            shutdown_timeout=TIMEOUT,
            # Not by the environment.
            debug=False,
            spotlight=False,
        )

    def emit(self, record: logging.LogRecord) -> None:
        """Report the error of a record, if it has one."""
        error = record.exc_info[1] if record.exc_info else None
        # The client's own records would lead to reports about reports.
        if isinstance(error, Exception) and not record.name.startswith(("sentry_sdk", "urllib3")):
            self.report(error, record.name)

    def report(self, error: Exception, logger: str = "") -> None:
        """Report an error from a thread of the client; most that come too often are left out."""
        if isinstance(error, ApplicationError | Invalid) or not self._may_report():
            return
        event, hint = event_from_exception(error, self._client.options)
        event["logger"] = logger
        self._client.capture_event(event, hint)

    def close(self) -> None:
        """Send what waits, within `TIMEOUT` seconds."""
        self._client.close(TIMEOUT)
        super().close()

    def _may_report(self) -> bool:
        now = time.monotonic()
        if now - self._began >= MINUTE:
            self._began, self._count = now, 0
        self._count += 1
        return self._count <= MOST_PER_MINUTE


def _without_values(event: Any, _: Any) -> Any:
    kept = {name: event[name] for name in _KEPT if name in event}
    errors = event.get("exception", {}).get("values", [])
    kept["exception"] = {"values": [_error(each) for each in errors]}
    return kept


def _error(error: dict[str, Any]) -> dict[str, Any]:
    kept = {name: error[name] for name in _KEPT_OF_ERROR if name in error}
    frames = (error.get("stacktrace") or {}).get("frames", [])
    kept["stacktrace"] = {
        "frames": [
            {name: frame[name] for name in _KEPT_OF_FRAME if name in frame} for frame in frames
        ]
    }
    return kept
