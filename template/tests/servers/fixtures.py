"""The fixtures; `tests/conftest.py` gives them to every test.

Shared by all tests of a run: `postgresql`, `broker_url`, `cache_url`. A test's own data:
`database_url`, `empty_database_url`, and names from `unique_name` on the broker. A test's own
server, to be stopped, killed or frozen: `own_postgresql`, `own_rabbitmq`, `own_redis`.
"""

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

# The worker name of xdist for a pytest without workers.
ALONE = "master"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """The temporary folder of this run, the same for all its workers."""
    folder = tmp_path_factory.getbasetemp()
    return folder if worker_id == ALONE else folder.parent


@pytest.fixture(scope="session")
def postgresql(run_folder: Path) -> Databases:
    """The databases of the shared server."""
    return Databases(_shared(PostgresqlServer, run_folder))


@pytest.fixture(scope="session")
def migrated_template(postgresql: Databases) -> Iterator[str]:
    """The name of a migrated database, to be copied."""
    from chassis.infrastructure.database.migration.migrate import migrate

    name = _name()
    url = postgresql.create(name)
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
def broker_url(run_folder: Path) -> str:
    """The URL of the shared RabbitMQ; tests that declare something there use `unique_name`."""
    return _shared(RabbitmqServer, run_folder)


@pytest.fixture
def cache_url(run_folder: Path, worker_id: str) -> str:
    """The URL of an empty database of the shared Redis, which no other worker uses."""
    number = "0" if worker_id == ALONE else worker_id.removeprefix("gw")
    url = f"{_shared(RedisServer, run_folder).rstrip('/')}/{number}"
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


def _shared(kind: type[Server], folder: Path) -> str:
    try:
        return shared_url(kind, folder)
    except Missing as missing:
        give_up(missing)


def _name() -> str:
    return f"t{secrets.token_hex(6)}"
