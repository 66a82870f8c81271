"""Databases of every earlier revision, with rows and own migrations, come up without loss."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Connection, inspect, text

from chassis.infrastructure.database.dialects import dialect_for
from chassis.infrastructure.database.migration import folder, migrate, revisions
from chassis.infrastructure.database.migration.graph import Graph, read_graph
from chassis.infrastructure.database.migration.revisions import Revisions, compare, read_revisions
from tests.chassis.released import NEWEST, OWN, REVISIONS, VERSIONS, make_released
from tests.contract.database.stores import opened

OWN_TABLE = '''"""A user's own table, and a column in one of the service's."""

import sqlalchemy as sa
from alembic import op

revision = "own_0002_widgets"
down_revision = "own_0001_root"
branch_labels = None
depends_on = {depends_on!r}


def upgrade() -> None:
    op.create_table("widgets", sa.Column("name", sa.String()))
    op.bulk_insert(sa.table("widgets", sa.column("name")), [{{"name": "ada's"}}])
    op.add_column("notifications", sa.Column("colour", sa.String()))


def downgrade() -> None:
    op.drop_column("notifications", "colour")
    op.drop_table("widgets")
'''
OWN_WIDGETS = "own_0002_widgets"

LATER = '''"""What a later release of the chassis might bring."""

import sqlalchemy as sa
from alembic import op

revision = "chassis_9999_later"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE journal SET type = type || '.later'")
    op.add_column("outbox", sa.Column("later", sa.String()))


def downgrade() -> None:
    op.drop_column("outbox", "later")
    op.execute("UPDATE journal SET type = replace(type, '.later', '')")
'''
# The first one is part of the release's tables, under the release's own revisions.
[_, *SINCE] = sorted(file.stem for file in folder._CHASSIS_FOLDER.glob("chassis_*.py"))

ROWS = (
    "INSERT INTO notifications (id, registered_at, receiver, action_type, action_data, fired_at, "
    "is_seen) VALUES ('{id}', {now}, 'ada', 'like', '{{}}', {now}, {no})",
    "INSERT INTO outbox (id, routing_key, body, attempts, due_at) "
    "VALUES ('{id}', 'a.b', 'waits', 0, {now})",
    "INSERT INTO journal (id, registered_at, receiver, action_type) "
    "VALUES ('{id}', {now}, 'ada', 'like')",
    "INSERT INTO idempotency_keys (caller, key, request_hash, ids, created_at) "
    "VALUES ('ada', 'k', 'h', '[]', {now})",
    "INSERT INTO dead_letters (body, reason, parked_at) VALUES ('dead', 'why', {now})",
)
TABLES = ("notifications", "outbox", "journal", "idempotency_keys", "dead_letters", "journal_epoch")


@pytest.fixture(params=("sqlite", "postgresql"))
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite+aiosqlite:///{tmp_path}/app.db"
    found: str = request.getfixturevalue("empty_database_url")
    return found


@contextmanager
def migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Let the service have a copy of its migrations, to which a test adds files."""
    copy = tmp_path / "migrations"
    shutil.copytree(folder.migrations_folder(), copy)
    shutil.copytree(folder.branch_folder(copy, folder.CHASSIS), copy / "versions" / "chassis")
    with monkeypatch.context() as patched:
        for module in (migrate, revisions):
            patched.setattr(module, "migrations_folder", lambda: copy)
        patched.setattr(folder, "_CHASSIS_FOLDER", copy / "versions" / "chassis")
        yield copy


async def run(url: str, work: Callable[[Connection], None]) -> None:
    def committed(connection: Connection) -> None:
        work(connection)
        connection.commit()

    await asyncio.to_thread(dialect_for(url).migrate, committed)


def fill(connection: Connection) -> None:
    """Store one row in each table, with the statements of the first release."""
    is_file = connection.dialect.name == "sqlite"
    values = {
        "id": "0" * 31 + "1",
        "now": "1" if is_file else "'1970-01-01T00:00:00.000001Z'",
        "no": "0" if is_file else "false",
    }
    for statement in ROWS:
        connection.exec_driver_sql(statement.format(**values))


async def rows(url: str) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = {}

    def read(connection: Connection) -> None:
        for table in TABLES:
            told = connection.execute(text(f"SELECT * FROM {table}")).mappings()
            found[table] = [dict(row) for row in told]

    await run(url, read)
    return found


async def schema(url: str) -> dict[str, object]:
    """Return columns, keys and indexes; without the defaults, which only old replicas need."""
    found: dict[str, object] = {}

    def read(connection: Connection) -> None:
        reader = inspect(connection)
        for table in reader.get_table_names():
            columns = {
                each["name"]: (str(each["type"]), each["nullable"])
                for each in reader.get_columns(table)
            }
            indexes = sorted(str(each["name"]) for each in reader.get_indexes(table))
            found[table] = (columns, reader.get_pk_constraint(table), indexes)

    await run(url, read)
    return found


async def state(url: str) -> Revisions:
    async with opened(url) as database:
        return await read_revisions(database)


def released_graph() -> Graph:
    """Return the migrations that the code of the release knows."""
    parents = dict(zip(REVISIONS, [(), *((each,) for each in REVISIONS)], strict=False))
    return Graph({**parents, OWN: ()})


@pytest.mark.parametrize("revision", REVISIONS)
async def test_rows_stay_and_the_tables_are_those_of_a_new_database(
    url: str, revision: str, tmp_path: Path
) -> None:
    await make_released(url, revision)
    await run(url, fill)
    before = await rows(url)

    await migrate.migrate(url)

    found = await state(url)
    assert found.state == "current"
    # The code of the release serves that, with a warning: it knows all but what came since.
    of_release = compare(released_graph(), found.found)
    assert of_release.state == "ahead"
    assert of_release.unknown == {SINCE[-1]}
    for table, kept in (await rows(url)).items():
        assert [row | old for row, old in zip(kept, before[table], strict=True)] == kept
    upgraded = await schema(url)
    await migrate.migrate(url, "base")
    await migrate.migrate(url)
    assert await schema(url) == upgraded


async def test_a_database_of_the_newest_revision_needs_what_came_since(url: str) -> None:
    await make_released(url)
    found = await state(url)
    assert found.found == {NEWEST, OWN}
    assert found.pending == {*SINCE}
    await migrate.migrate(url)
    assert (await state(url)).found == {NEWEST, OWN, SINCE[-1]}


@pytest.mark.parametrize("revision", (REVISIONS[2], NEWEST))
async def test_the_way_back_loses_no_row(url: str, revision: str) -> None:
    await make_released(url, revision)
    await run(url, fill)
    before = await rows(url)
    await migrate.migrate(url)
    await migrate.migrate(url, revision)
    assert await rows(url) == before
    assert (await state(url)).found == {revision, OWN, SINCE[-1]}


@pytest.mark.parametrize("depends_on", (REVISIONS[0], NEWEST, "service"))
@pytest.mark.parametrize("is_new", (True, False))
async def test_own_migrations_stay_where_they_are(
    url: str,
    depends_on: str,
    is_new: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not is_new:
        await make_released(url)
        await run(url, fill)
    with migrations(tmp_path, monkeypatch) as copy:
        own = copy / "versions" / "own" / f"{OWN_WIDGETS}.py"
        own.write_text(OWN_TABLE.format(depends_on=depends_on))
        await migrate.migrate(url)
        assert (await state(url)).state == "current"
        made = await schema(url)
        assert "widgets" in made
        assert "colour" in str(made["notifications"])
        await migrate.migrate(url, "own@-1")
        assert "widgets" not in await schema(url)
        if not is_new:
            assert [len(each) for each in (await rows(url)).values()] == [1] * len(TABLES)


async def test_own_migrations_that_are_recorded_alone(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alembic records no revision on which another recorded one depends."""
    await make_released(url, REVISIONS[2])
    await run(url, fill)
    before = await rows(url)
    with migrations(tmp_path, monkeypatch) as copy:
        own = copy / "versions" / "own" / f"{OWN_WIDGETS}.py"
        own.write_text(OWN_TABLE.format(depends_on=REVISIONS[2]))
        await migrate.migrate(url, OWN_WIDGETS)
        found = await state(url)
        assert found.state == "behind"
        assert found.found == {OWN_WIDGETS}
        await migrate.migrate(url)
        assert (await state(url)).state == "current"
    for table, kept in (await rows(url)).items():
        assert [row | old for row, old in zip(kept, before[table], strict=True)] == kept


@pytest.mark.parametrize("revision", (*REVISIONS, None))
async def test_the_chassis_changes_its_tables_after_the_history(
    url: str, revision: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if revision:
        await make_released(url, revision)
        await run(url, fill)
    with migrations(tmp_path, monkeypatch) as copy:
        later = copy / "versions" / "chassis" / "chassis_9999_later.py"
        later.write_text(LATER.format(newest=SINCE[-1]))
        assert "chassis_9999_later" in (await state(url)).pending
        await migrate.migrate(url)
        assert (await state(url)).state == "current"
        if revision:
            assert (await rows(url))["journal"][0]["type"] == "notification.registered.v1.later"
        # To the code of the release that is a newer database, which it serves.
        found = (await state(url)).found
        assert compare(released_graph(), found).state == "ahead"
        await migrate.migrate(url, "chassis@-1")
        assert (await state(url)).pending == {"chassis_9999_later"}
    assert (await state(url)).state == "current"


def test_the_released_migrations_are_those_that_the_service_has() -> None:
    known = read_graph(folder.migrations_folder()).ids
    assert {file.stem for file in VERSIONS.glob("*.py")} <= known
