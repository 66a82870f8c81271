"""Log: a line for each request, and all of them written to a file."""

import logging
import tempfile

from chassis.application.context import new_context, use_context
from chassis.infrastructure.telemetry import request_log
from chassis.infrastructure.telemetry.log_writer import LogWriter
from chassis.infrastructure.telemetry.request_log import BufferedRequestLog
from tests.unit.support import RecordingMetrics

REQUESTS = 64
# The rounds end before it does: the lines are written by them alone.
NEVER = 3600.0


async def run(rounds: int) -> None:
    """Log that so many requests were answered, and write what waits, again and again."""
    request_log.log.setLevel(logging.INFO)
    with tempfile.TemporaryFile("w") as file:
        writer = LogWriter(lambda: file, interval=NEVER)
        requests = BufferedRequestLog("json", RecordingMetrics(), writer)
        with use_context(new_context(transport="http", peer="127.0.0.1")):
            for _ in range(rounds):
                for _ in range(REQUESTS):
                    requests.write("http", "POST", 0.0012, path="/notifications", status=202)
                requests.flush()
