"""The fixtures; `tests/conftest.py` gives them to every test.

Shared by all tests of a run: `postgresql`, `broker_url`, `cache_url`. A test's own data:
`database_url`, `empty_database_url`, and names from `unique_name` on the broker. A test's own
server, to be stopped, killed or frozen: `own_postgresql`, `own_rabbitmq`, `own_redis`.
"""

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.servers.databases import Databases, apart
from tests.servers.missing import Missing, give_up
from tests.servers.postgresql import PostgresqlServer
from tests.servers.rabbitmq import RabbitmqServer
from tests.servers.redis import RedisServer
from tests.servers.server import Server
from tests.servers.shared import shared_url


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """The databases of the shared server."""
    return Databases(_shared(PostgresqlServer, tmp_path_factory))


@pytest.fixture(scope="session")
def migrated_template(postgresql: Databases) -> Iterator[str]:
    """The name of a database to copy: migrated, with TimescaleDB where the server has it."""
    from app.infrastructure.database.migration.migrate import migrate

    name = _name()
    url = postgresql.create(name)
    if postgresql.sql("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"):
        postgresql.sql("CREATE EXTENSION IF NOT EXISTS timescaledb", name)
    apart(migrate(url))
    postgresql.close(name)
    yield name
    postgresql.drop(name)


@pytest.fixture
def database_url(postgresql: Databases, migrated_template: str) -> Iterator[str]:
    """The URL of an empty, migrated database."""
    name = _name()
    yield postgresql.create(name, migrated_template)
    postgresql.drop(name)


@pytest.fixture
def empty_database_url(postgresql: Databases) -> Iterator[str]:
    """The URL of a database with nothing in it, no extension either."""
    name = _name()
    yield postgresql.create(name, "template0")
    postgresql.drop(name)


@pytest.fixture(scope="session")
def broker_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of the shared RabbitMQ; whoever declares something there uses `unique_name`."""
    return _shared(RabbitmqServer, tmp_path_factory)


@pytest.fixture
def cache_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of an empty database of the shared Redis, which no other worker uses."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    url = _shared(RedisServer, tmp_path_factory).rstrip("/") + "/" + worker.removeprefix("gw")
    with Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture
def unique_name() -> str:
    """A short name that nothing else has."""
    return _name()


@pytest.fixture
def own_postgresql() -> Iterator[PostgresqlServer]:
    """A PostgreSQL of this test's own."""
    with PostgresqlServer.private() as server:
        yield server


@pytest.fixture
def own_rabbitmq() -> Iterator[RabbitmqServer]:
    """A RabbitMQ of this test's own."""
    with RabbitmqServer.private() as server:
        yield server


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of this test's own."""
    with RedisServer.private() as server:
        yield server


def _shared(kind: type[Server], folders: pytest.TempPathFactory) -> str:
    try:
        return shared_url(kind, _run_folder(folders))
    except Missing as missing:
        give_up(missing)


def _run_folder(folders: pytest.TempPathFactory) -> Path:
    """Return the folder that all workers of this run share."""
    base = folders.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def _name() -> str:
    return f"t{secrets.token_hex(6)}"
