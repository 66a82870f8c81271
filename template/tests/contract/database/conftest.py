"""Every test here runs once for each kind of database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.contract.database.stores import STORES, Store


@pytest.fixture(params=sorted(STORES))
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """The ports of an empty database."""
    async with STORES[request.param](tmp_path) as opened:
        yield opened
