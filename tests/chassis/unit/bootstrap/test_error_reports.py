import importlib.util

import pytest

from chassis.bootstrap import error_reports
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import Environment, SettingsError
from chassis.bootstrap.secrets import HIDDEN, shown

DSN = "https://0123456789abcdef@o1.ingest.example/42"


def problems(**values: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        Configuration.read(Environment(values))
    return list(caught.value.problems)


def settings(**values: str) -> error_reports.SentrySettings:
    return Configuration.read(Environment(values)).of(error_reports.SentrySettings)


def test_it_is_off_by_default() -> None:
    assert settings().sentry_dsn == ""


def test_the_dsn_is_a_secret() -> None:
    assert settings(SENTRY_DSN=DSN).sentry_dsn == DSN
    assert shown("SENTRY_DSN", DSN) == HIDDEN


@pytest.mark.parametrize("dsn", ("o1.ingest.example/42", "https://o1.example/42", f"{DSN}x", "42"))
def test_what_is_no_dsn_is_told_without_it(dsn: str) -> None:
    [problem] = problems(SENTRY_DSN=dsn)

    assert problem.startswith("SENTRY_DSN is malformed: ")
    assert dsn not in problem


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_reports, "find_spec", lambda _: None)

    [problem] = problems(SENTRY_DSN=DSN)
    assert "uv sync --extra sentry" in problem
    assert settings() is not None


def test_the_extra_is_what_the_tests_are_run_with() -> None:
    assert importlib.util.find_spec(error_reports.NEEDED)
