"""Every test here runs once for each kind of database."""

import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate
from tests.contract.database.stores import STORES, Store, opened
from tests.servers.databases import Databases, apart


@pytest.fixture(params=sorted(STORES))
async def store(request: pytest.FixtureRequest) -> AsyncIterator[Store]:
    """The ports of an empty database."""
    async with STORES[request.param](request) as opened:
        yield opened


@pytest.fixture(params=("sqlite", "postgresql"))
async def database(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    """An empty one, for what goes beyond the ports."""
    if request.param == "postgresql":
        url: str = request.getfixturevalue("database_url")
    else:
        url = f"sqlite+aiosqlite:///{tmp_path}/app.db"
        await migrate(url)
    async with opened(url) as database:
        yield database


@pytest.fixture(scope="session")
def plain_template(postgresql: Databases) -> Iterator[str]:
    """The name of a migrated database in which TimescaleDB never was, or is no more."""
    name = f"plain_{secrets.token_hex(4)}"
    url = postgresql.create(name)
    apart(migrate(url))
    # A hypertable of the migration, still empty, becomes a plain table.
    postgresql.sql("DROP EXTENSION IF EXISTS timescaledb CASCADE", name)
    postgresql.close(name)
    yield name
    postgresql.drop(name)


@pytest.fixture
def plain_database_url(postgresql: Databases, plain_template: str) -> Iterator[str]:
    """The URL of a fresh, migrated database without TimescaleDB."""
    name = f"test_{secrets.token_hex(4)}"
    yield postgresql.create(name, plain_template)
    postgresql.drop(name)
