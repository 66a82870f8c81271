import io
import sys

import pytest

from chassis.bootstrap import logs
from chassis.bootstrap.settings import Settings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "stderr", "expected"),
    (
        (Settings(), Terminal(), ("console", "INFO")),
        (Settings(), io.StringIO(), ("json", "INFO")),
        (Settings(log_format="json", log_level="DEBUG"), Terminal(), ("json", "DEBUG")),
        (Settings(log_format="console"), io.StringIO(), ("console", "INFO")),
    ),
)
def test_logs_are_for_people_on_a_terminal_unless_told_otherwise(
    settings: Settings,
    stderr: io.StringIO,
    expected: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured: list[tuple[str, str, str]] = []
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(logs, "configure_logging", lambda *given: configured.append(given))

    logs.configure_logs(settings)

    assert configured == [(*expected, "app")]
