"""What all tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import Service


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A running service with the roles of this project."""
    async with Service.running(tmp_path) as running:
        yield running
