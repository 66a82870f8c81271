"""What all tests share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.harness import Service
from tests.servers.fixtures import (
    broker_url,
    cache_url,
    database_url,
    empty_database_url,
    migrated_template,
    own_postgresql,
    own_rabbitmq,
    own_redis,
    postgresql,
    unique_name,
)

__all__ = [
    "broker_url",
    "cache_url",
    "database_url",
    "empty_database_url",
    "migrated_template",
    "own_postgresql",
    "own_rabbitmq",
    "own_redis",
    "postgresql",
    "service",
    "unique_name",
]


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A running service with the roles of this project."""
    async with Service.running(tmp_path) as running:
        yield running
