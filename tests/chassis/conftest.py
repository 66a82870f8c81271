"""What all tests of the chassis share: the marker of attacks."""

import pytest

from tests.chassis.cells import MARKER, name_cells


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker: the service's own tests have no attacks."""
    config.addinivalue_line("markers", MARKER)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name the cells that tests are."""
    name_cells(items)
