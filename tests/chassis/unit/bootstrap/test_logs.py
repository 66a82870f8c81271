import io
import sys

import pytest

from chassis.bootstrap import logs
from chassis.bootstrap.settings import CoreSettings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("settings", "stderr", "expected"),
    (
        (CoreSettings(), Terminal(), ("console", "INFO")),
        (CoreSettings(), io.StringIO(), ("json", "INFO")),
        (CoreSettings(log_format="json", log_level="DEBUG"), Terminal(), ("json", "DEBUG")),
        (CoreSettings(log_format="console"), io.StringIO(), ("console", "INFO")),
    ),
)
def test_logs_are_for_people_on_a_terminal_unless_told_otherwise(
    settings: CoreSettings,
    stderr: io.StringIO,
    expected: tuple[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    configured: list[tuple[str, str, str]] = []
    monkeypatch.setattr(sys, "stderr", stderr)
    monkeypatch.setattr(logs, "configure_logging", lambda *given: configured.append(given))

    logs.configure_logs(settings)

    assert configured == [(*expected, "app")]
