"""A request log of a test's own, as the service writes it."""

import io
import json
import logging
from typing import Any

import pytest

from chassis.infrastructure.telemetry import request_log
from chassis.infrastructure.telemetry.log_writer import LogWriter
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics
from chassis.infrastructure.telemetry.request_log import BufferedRequestLog


class RequestLines:
    """A request log that writes to memory; `log` is for the transport."""

    def __init__(self) -> None:
        self._stream = io.StringIO()
        self.log = BufferedRequestLog("json", PrometheusMetrics(), LogWriter(lambda: self._stream))

    def read(self) -> list[dict[str, Any]]:
        """Return the lines that were logged so far, each by the names of its fields."""
        self.log.flush()
        return [json.loads(line) for line in self._stream.getvalue().splitlines()]


@pytest.fixture
def request_lines(caplog: pytest.LogCaptureFixture) -> RequestLines:
    """A request log that is on."""
    caplog.set_level(logging.INFO, request_log.log.name)
    return RequestLines()
