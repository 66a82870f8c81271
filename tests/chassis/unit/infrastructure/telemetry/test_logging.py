import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any, Literal
from uuid import UUID

import pytest

from chassis.application.access.caller import Caller
from chassis.application.context import new_context, use_context
from chassis.infrastructure.telemetry.logging import configure_logging
from chassis.infrastructure.telemetry.request_log import BufferedRequestLog
from tests.unit.support import RecordingMetrics

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

log = logging.getLogger("app.tests")


@pytest.fixture(autouse=True)
def _own_logging() -> Iterator[None]:
    """Put back what `configure_logging` replaces."""
    loggers = [logging.getLogger(name) for name in ("", "app", "chassis", "alembic")]
    levels = [logger.level for logger in loggers]
    root = loggers[0]
    handlers = root.handlers[:]
    # Taken away beforehand: what is replaced is closed too.
    root.handlers.clear()
    switches = ("logThreads", "logProcesses", "logMultiprocessing")
    were = [getattr(logging, switch) for switch in switches]
    yield
    for switch, was in zip(switches, were, strict=True):
        setattr(logging, switch, was)
    root.handlers[:] = handlers
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    captured = capsys.readouterr()
    assert captured.out == ""
    return [json.loads(line) for line in captured.err.splitlines()]


def test_a_json_line_tells_what_when_and_where(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "INFO", "app")
    identity = UUID(int=7)

    log.warning("broker refused %d", 3, extra={"count": 3, "id": identity})

    (record,) = records(capsys)
    assert (record["event"], record["level"], record["logger"], record["count"]) == (
        "broker refused 3",
        "warning",
        "app.tests",
        3,
    )
    assert str(identity) in record["id"]
    assert datetime.fromisoformat(record["timestamp"]).utcoffset() == timedelta(0)


def test_a_json_line_belongs_to_its_request_and_trace(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "INFO", "app")

    with use_context(new_context("request-1", TRACEPARENT)):
        log.info("inside")
    log.info("outside")

    inside, outside = records(capsys)
    assert inside["request_id"] == "request-1"
    assert inside["trace_id"] == "0af7651916cd43dd8448eb211c80319c"
    assert not {"request_id", "trace_id"} & outside.keys()


def test_an_exception_is_told_within_the_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "INFO", "app")

    try:
        raise ValueError("a bug\nof two lines")
    except ValueError:
        log.exception("failed")

    (record,) = records(capsys)
    assert record["level"] == "error"
    assert "Traceback" in record["exception"]
    assert "ValueError: a bug\nof two lines" in record["exception"]


def test_a_line_is_for_people_on_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("console", "INFO", "app")

    with use_context(new_context("request-1", TRACEPARENT)):
        log.info("hello", extra={"count": 3})

    line = capsys.readouterr().err
    assert "hello" in line
    assert "count=3" in line
    assert "request_id=request-1" in line
    assert "\x1b" not in line


def test_an_exception_is_told_on_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("console", "INFO", "app")

    try:
        raise ValueError("a bug")
    except ValueError:
        log.exception("failed")

    assert "ValueError: a bug" in capsys.readouterr().err


OURS = [f"{name} {number}" for name in ("app", "chassis") for number in (10, 20, 30)]


@pytest.mark.parametrize(
    ("level", "expected"),
    (
        ("DEBUG", [*OURS, "library 20", "library 30", "alembic 30"]),
        ("INFO", [*OURS[1:3], *OURS[4:], "library 20", "library 30", "alembic 30"]),
        ("WARNING", [OURS[2], OURS[5], "library 30", "alembic 30"]),
    ),
)
def test_the_level_is_the_services_own(
    level: str, expected: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging("json", level, "app")

    for name in ("app", "chassis", "library", "alembic"):
        for number in (logging.DEBUG, logging.INFO, logging.WARNING):
            logging.getLogger(name).log(number, "%s %d", name, number)

    assert [record["event"] for record in records(capsys)] == expected


def test_logging_may_be_configured_again(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "INFO", "app")
    configure_logging("json", "INFO", "app")

    log.info("once")

    assert len(records(capsys)) == 1


def test_a_json_line_holds_what_a_caller_may_have_sent(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "INFO", "app")
    odd = {"text": "\ud800 \0 ü", "number": 2**70, "bytes": b"\xff", "object": object}

    log.warning("odd", extra={"given": odd, "when": datetime(2026, 3, 1), "id": UUID(int=7)})
    log.warning("none\ud800", extra={"nan": float("nan")})

    first, second = records(capsys)
    assert first["given"]["text"] == odd["text"]
    assert second["event"] == "none\ud800"


def test_a_line_stands_after_the_requests_before_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("json", "INFO", "app")
    requests = BufferedRequestLog("json", RecordingMetrics())

    requests.write("http", "GET", 0.0, path="/1", status=200)
    log.info("between")
    requests.write("http", "GET", 0.0, path="/2", status=200)
    log.info("after")

    told = [line.get("path", line["event"]) for line in records(capsys)]
    assert told == ["/1", "between", "/2", "after"]


HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e\x7f\r\nforged line"


@pytest.mark.parametrize("form", ("console", "json"))
def test_nothing_that_a_caller_sends_moves_the_cursor(
    form: Literal["console", "json"], capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logging(form, "INFO", "app")
    caller = Caller(name=HOSTILE, scopes=frozenset(), receivers=())

    with use_context(new_context(caller=caller)):
        log.info("told by %s", HOSTILE, extra={"method": HOSTILE, "deep": {HOSTILE: [HOSTILE]}})
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        logging.getLogger(HOSTILE).exception("failed")

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) > 2 if form == "console" else len(lines) == 2
    assert not [line for line in lines if not line.isprintable()]
    assert not [line for line in lines if line.startswith("forged")]
    assert any("\\x1b" in line or "\\u001b" in line for line in lines)


def test_an_exception_on_a_terminal_shows_no_variables(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure_logging("console", "INFO", "app")

    def fail(url: str) -> None:
        raise ValueError("a bug")

    try:
        fail("amqp://ada:s3cr3t-password" + "@host/")
    except ValueError:
        log.exception("failed")

    told = capsys.readouterr().err
    assert "ValueError: a bug" in told
    assert "password@host" not in told


def test_the_console_shows_what_an_enumeration_stands_for(
    capsys: pytest.CaptureFixture[str],
) -> None:
    configure_logging("console", "INFO", "app")

    log.info("request", extra={"status": HTTPStatus.ACCEPTED})

    assert "status=202" in capsys.readouterr().err
