"""Reports of errors, as they arrive at the ingest endpoint."""

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from chassis.application.errors import Unavailable
from chassis.bootstrap.error_reports import SentrySettings, error_reports
from chassis.bootstrap.project import read_project
from chassis.domain.errors import Invalid
from chassis.infrastructure.telemetry import sentry
from tests.chassis.ingest import KEY, PROJECT, Ingest, ingesting

SECRET = "s3cr3t-hunter2"
log = logging.getLogger("chassis.test")


@pytest.fixture
def ingest() -> Iterator[Ingest]:
    with ingesting() as found:
        yield found


def fail(body: str) -> None:
    """Fail with a value in each place where one could be found."""
    local = {"password": body}
    try:
        raise KeyError(body, local)
    except KeyError as error:
        raise ValueError(f"cannot read {body}") from error


def logged(message: str = "job failed") -> None:
    try:
        fail(SECRET)
    except ValueError:
        log.exception(message, extra={"error": SECRET})


def test_an_error_that_is_logged_arrives_without_any_value(ingest: Ingest) -> None:
    with error_reports(SentrySettings(sentry_dsn=ingest.dsn), "production"):
        logged()

    (event,) = ingest.wait_for(1)
    assert [each["type"] for each in event["exception"]["values"]] == ["KeyError", "ValueError"]
    frames = event["exception"]["values"][-1]["stacktrace"]["frames"]
    assert [frame["function"] for frame in frames] == ["logged", "fail"]
    assert event["environment"] == "production"
    assert event["release"].startswith(f"{read_project().slug}@")
    assert (event["logger"], event["level"]) == ("chassis.test", "error")
    assert ingest.paths == [f"/api/{PROJECT}/envelope/"]
    # The lines of code are there, and none of the values.
    assert b"raise ValueError" in ingest.raw
    assert SECRET.encode() not in ingest.raw
    assert socket.gethostname().encode() not in ingest.raw or len(socket.gethostname()) < 5
    assert event.keys() <= {*sentry._KEPT, "exception"}


def test_a_handler_that_is_tried_again_is_reported_too(ingest: Ingest) -> None:
    with error_reports(SentrySettings(sentry_dsn=ingest.dsn), "production"):
        log.warning("an event cannot be handled", exc_info=RuntimeError(SECRET))

    (event,) = ingest.wait_for(1)
    assert event["exception"]["values"][0]["type"] == "RuntimeError"


def test_the_error_that_ends_the_service_is_reported(ingest: Ingest) -> None:
    settings = SentrySettings(sentry_dsn=ingest.dsn)
    with pytest.raises(ValueError, match="cannot read"), error_reports(settings, "development"):
        fail(SECRET)

    (event,) = ingest.wait_for(1)
    assert event["exception"]["values"][-1]["type"] == "ValueError"
    assert SECRET.encode() not in ingest.raw


def test_what_is_foreseen_is_not_reported(ingest: Ingest) -> None:
    settings = SentrySettings(sentry_dsn=ingest.dsn)
    with pytest.raises(Unavailable), error_reports(settings, "production"):
        log.error("no error at all")
        log.warning("refused", exc_info=Invalid("name", "wrong"))
        log.info("fine", exc_info=ValueError())
        logging.getLogger("urllib3.connectionpool").warning("again", exc_info=OSError())
        raise Unavailable("the database is away")

    assert ingest.events == []


def test_errors_without_end_are_few_reports(ingest: Ingest) -> None:
    with error_reports(SentrySettings(sentry_dsn=ingest.dsn), "production"):
        for _ in range(3 * sentry.MOST_PER_MINUTE):
            logged()

    assert len(ingest.events) == sentry.MOST_PER_MINUTE


def test_an_endpoint_that_does_not_answer_delays_the_end_by_its_limit(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sentry, "TIMEOUT", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        dsn = f"http://{KEY}@127.0.0.1:{silent.getsockname()[1]}/{PROJECT}"
        with error_reports(SentrySettings(sentry_dsn=dsn), "production"):
            logged()
            began = time.monotonic()
        # The client's own timeout is half a minute.
        assert time.monotonic() - began < 20
    assert KEY not in caplog.text


def test_nothing_stays_behind(ingest: Ingest) -> None:
    handlers = [*logging.getLogger().handlers]

    with error_reports(SentrySettings(sentry_dsn=ingest.dsn), "production"):
        assert logging.getLogger().handlers != handlers

    assert logging.getLogger().handlers == handlers


START = """
import logging, sys
from chassis.service_package import use_service
use_service("app")
from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment
from chassis.bootstrap.error_reports import SentrySettings, error_reports
from chassis.bootstrap.system import System
import chassis.cli.commands.serve
configuration = Configuration.read(Environment({"BROKER_URL": "amqp://127.0.0.1/"}))
with error_reports(configuration.of(SentrySettings), "production"):
    System(configuration, discovery.role_names()).prepare()
    print([name for name in sys.modules if name.startswith("sentry_sdk")])
"""


def test_without_the_setting_nothing_is_imported() -> None:
    done = subprocess.run([sys.executable, "-c", START], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("module", ("logging", "threading", "http.client", "asyncio"))
def test_the_client_changes_no_code_of_a_library(module: str, ingest: Ingest) -> None:
    code = f"""
import importlib, sys
module = importlib.import_module({module!r})
before = {{name: id(value) for name, value in vars(module).items()}}
from chassis.infrastructure.telemetry.sentry import SentryReports
SentryReports({ingest.dsn!r}, "production", "a@1").close()
after = {{name: id(value) for name, value in vars(module).items() if name in before}}
print([name for name in before if before[name] != after.get(name)])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
