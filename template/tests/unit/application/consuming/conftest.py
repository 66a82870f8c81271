import pytest

from tests.unit.application.consuming.support import Setting


@pytest.fixture
def setting() -> Setting:
    return Setting()
