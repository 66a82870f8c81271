from collections.abc import Iterator
from logging import LogRecord

import pytest

from chassis.application.context import Context, current_context
from tests.chassis.unit.application.consuming.support import Setting


@pytest.fixture
def setting() -> Setting:
    return Setting()


@pytest.fixture
def contexts(caplog: pytest.LogCaptureFixture) -> Iterator[list[Context | None]]:
    """The context of each line that is logged."""
    contexts: list[Context | None] = []

    def keep(_: LogRecord) -> bool:
        contexts.append(current_context())
        return True

    caplog.handler.addFilter(keep)
    yield contexts
    caplog.handler.removeFilter(keep)
