"""One line for each request: what it says, in which form, and what it costs where it is off."""

import io
import json
import logging
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal

import pytest

from chassis.application.access.caller import Caller
from chassis.application.context import new_context, use_context
from chassis.infrastructure.telemetry import request_log
from chassis.infrastructure.telemetry.log_writer import LogWriter
from chassis.infrastructure.telemetry.request_log import BufferedRequestLog
from tests.unit.support import RecordingMetrics

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\x7f\r\nforged line"

Form = Literal["console", "json"]


@pytest.fixture(autouse=True)
def _is_on(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, request_log.log.name)


class Log:
    def __init__(self, form: Form = "json", limit: int = 100) -> None:
        self.metrics = RecordingMetrics()
        self.stream = io.StringIO()
        self.writer = LogWriter(lambda: self.stream, interval=3600.0, limit=limit)
        self.requests = BufferedRequestLog(form, self.metrics, self.writer)

    @property
    def text(self) -> str:
        self.writer.flush()
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


def test_a_json_line_tells_of_the_request() -> None:
    log = Log()
    caller = Caller(name="ada", scopes=frozenset(), receivers=())

    with use_context(new_context("request-1", TRACEPARENT, caller=caller)):
        log.requests.write("http", "POST", 0.0123456, path="/notifications", status=202)

    [line] = log.lines
    assert datetime.fromisoformat(line.pop("timestamp")).utcoffset() == timedelta(0)
    assert line == {
        "event": "request",
        "level": "info",
        "logger": request_log.__name__,
        "transport": "http",
        "method": "POST",
        "path": "/notifications",
        "status": 202,
        "duration_ms": 12.35,
        "request_id": "request-1",
        "trace_id": "0af7651916cd43dd8448eb211c80319c",
        "caller": "ada",
    }


@pytest.mark.parametrize(
    ("method", "code"), ((None, -32700), ("notifications.get", 0), ("a.Service/Get", "OK"))
)
def test_a_line_has_what_the_transport_knows(method: str | None, code: int | str) -> None:
    log = Log()

    log.requests.write("tcp", method, 0.0, code=code)

    [line] = log.lines
    assert (line["method"], line["code"], line["duration_ms"]) == (method, code, 0.0)
    assert not {"path", "status", "caller", "request_id", "trace_id"} & line.keys()


def test_a_line_is_for_people_on_the_console() -> None:
    log = Log("console")

    with use_context(new_context("request-1", TRACEPARENT)):
        log.requests.write("http", "POST", 0.001, path="/a", status=HTTPStatus.ACCEPTED)

    [line] = log.text.splitlines()
    for part in ("[info", "request", "status=202", "path=/a", "request_id=request-1"):
        assert part in line
    assert "code=" not in line
    assert "\x1b" not in line


@pytest.mark.parametrize("form", ("console", "json"))
@pytest.mark.parametrize("text", (HOSTILE, "\ud800"))
def test_nothing_that_a_caller_sends_moves_the_cursor(form: Form, text: str) -> None:
    log = Log(form)
    caller = Caller(name=text, scopes=frozenset(), receivers=())

    with use_context(new_context(caller=caller)):
        log.requests.write("http", text, 0.0, path=text, status=200)

    [line] = log.text.splitlines()
    assert line.isprintable()
    assert "\\x1b" in line or "\\u001b" in line or "\\ud800" in line
    if form == "json":
        [told] = log.lines
        assert (told["method"], told["path"], told["caller"]) == (text, text, text)


@pytest.mark.parametrize(("level", "expected"), ((logging.INFO, 1), (logging.WARNING, 0)))
def test_the_level_turns_it_off(
    level: int, expected: int, caplog: pytest.LogCaptureFixture
) -> None:
    log = Log()
    caplog.set_level(level, request_log.log.name)

    log.requests.write("http", "GET", 0.0, path="/", status=200)

    assert len(log.lines) == expected


def test_lost_lines_are_counted() -> None:
    log = Log(limit=2)
    assert log.metrics.zeros == {"log_lines_lost"}

    for _ in range(5):
        log.requests.write("http", "GET", 0.0, path="/", status=200)

    assert log.metrics.counters == {"log_lines_lost": 3}
    assert len(log.lines) == 2


def test_what_waits_is_written_on_flush() -> None:
    log = Log()

    log.requests.write("http", "GET", 0.0, path="/", status=200)
    assert log.stream.getvalue() == ""
    log.requests.flush()

    assert log.stream.getvalue().endswith("\n")
