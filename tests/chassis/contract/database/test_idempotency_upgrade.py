"""Keys of a release without operations: migrated, and with replicas that still run it."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import JSON, Column, LargeBinary, MetaData, Table, text

from chassis.application.ports.idempotency import Key, Remembered
from chassis.infrastructure.database.bulk import BulkInsert
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate
from chassis.infrastructure.database.types import Text, Timestamp
from tests.chassis.released import make_released
from tests.contract.database.stores import opened, sql_store

OPERATION = "notifications.register"
BEFORE = "service_0005_version"
OLD_TABLE = Table(
    "idempotency_keys",
    MetaData(),
    Column("caller", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("request_hash", LargeBinary, nullable=False),
    Column("ids", JSON, nullable=False),
    Column("created_at", Timestamp, nullable=False),
)
OLD_INSERT = BulkInsert(
    OLD_TABLE,
    ("caller", "key", "request_hash", "ids", "created_at"),
    returning=("caller", "key"),
    only_new=True,
)


@pytest.fixture(params=("sqlite", "postgresql"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/app.db"
    found: str = request.getfixturevalue("empty_database_url")
    return found


async def take_as_before(url: str, name: str, ids: tuple[UUID, ...]) -> bool:
    """Take a key with the statement of a replica that knows no operations."""
    row = ("ada", name, b"h", [str(each) for each in ids], datetime.now(UTC))
    async with opened(url) as database, database.transaction() as connection:
        returned = await database.dialect.insert(connection, {OLD_INSERT: [row]})
    return len(returned[OLD_INSERT]) == 1


async def take(url: str, key: Key, ids: tuple[UUID, ...] = ()) -> Remembered | None:
    """Take a key with this code."""
    async with opened(url) as database, sql_store(database).work.begin() as work:
        return (await work.idempotency.remember([(key, Remembered(b"h", ids))])).get(key)


async def test_keys_that_are_there_are_those_of_register(url: str) -> None:
    ids = (uuid4(), uuid4())
    await make_released(url, BEFORE)
    assert await take_as_before(url, "k", ids)
    await migrate(url)

    assert await take(url, Key(OPERATION, "ada", "k")) == Remembered(b"h", ids)
    assert await take(url, Key("orders.place", "ada", "k")) is None


async def test_replicas_of_both_releases_share_the_keys_of_register(url: str) -> None:
    first, second = (uuid4(),), (uuid4(),)
    await make_released(url, BEFORE)
    await migrate(url)

    assert await take(url, Key(OPERATION, "ada", "new"), first) is None
    assert not await take_as_before(url, "new", second)
    assert await take_as_before(url, "old", second)
    assert await take(url, Key(OPERATION, "ada", "old"), first) == Remembered(b"h", second)


async def test_a_key_of_another_operation_is_not_in_the_way_of_the_old_release(url: str) -> None:
    await make_released(url, BEFORE)
    await migrate(url)

    assert await take(url, Key("orders.place", "ada", "k")) is None
    assert await take_as_before(url, "k", ())


async def test_the_way_back_keeps_the_keys_of_register(url: str) -> None:
    ids = (uuid4(),)
    await migrate(url)
    for operation in ("orders.place", OPERATION):
        assert await take(url, Key(operation, "ada", "k"), ids) is None
    await migrate(url, BEFORE)

    assert not await take_as_before(url, "k", ())
    async with opened(url) as database:
        assert await count(database) == 1
    await migrate(url)
    assert await take(url, Key(OPERATION, "ada", "k")) == Remembered(b"h", ids)


async def count(database: Database) -> int:
    """Return how many keys there are."""
    async with database.snapshot() as connection:
        statement = text("SELECT count(*) FROM idempotency_keys")
        found: int = (await connection.execute(statement)).scalar_one()
    return found
