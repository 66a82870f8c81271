"""The migrations of this project, on a database file."""

import asyncio
import sqlite3
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config

from chassis.application.errors import ApplicationError
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.folder import BRANCHES, migrations_folder
from chassis.infrastructure.database.migration.graph import Graph, read_graph
from chassis.infrastructure.database.migration.migrate import migrate, migration_sql
from chassis.infrastructure.database.migration.revisions import Revisions, compare, read_revisions
from chassis.infrastructure.database.tables import all_tables

ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "new" / "100 %" / "app.db"


@pytest.fixture
def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def revisions(url: str) -> Revisions:
    database = Database(url)
    try:
        return await read_revisions(database)
    finally:
        await database.close()


def query(file: Path, sql: str) -> list[str]:
    connection = sqlite3.connect(file)
    try:
        return [row[0] for row in connection.execute(sql)]
    finally:
        connection.close()


def tables(file: Path) -> set[str]:
    names = query(file, "SELECT name FROM sqlite_master WHERE type = 'table'")
    return {name for name in names if not name.startswith("sqlite_")}


async def test_up_down_and_up_again(file: Path, url: str) -> None:
    expected = set(all_tables().tables) | {"alembic_version"}
    for _ in range(2):
        await migrate(url)
        assert tables(file) == expected
        assert (await revisions(url)).state == "current"
        await migrate(url, "base")
        assert tables(file) == {"alembic_version"}
        assert (await revisions(url)).state == "empty"


async def test_each_step_goes_down_and_up_again(url: str) -> None:
    graph = read_graph(migrations_folder())
    await migrate(url)
    # Dependents first: a service's own revisions may depend on those of the other branches.
    order = ("app", "own", "chassis")
    assert {*order} == {*BRANCHES}
    for branch in order:
        # The first revisions of `app` have the name that this branch had.
        names = ("app", "service") if branch == "app" else (branch,)
        steps = sum(1 for revision in graph.ids if revision.startswith(names))
        for _ in range(steps):
            # Applied revisions: Alembic may record one that another revision implies, or not.
            before = graph.up_to((await revisions(url)).found)
            await migrate(url, f"{branch}@-1")
            assert graph.up_to((await revisions(url)).found) < before
            await migrate(url, f"{branch}@+1")
            assert graph.up_to((await revisions(url)).found) == before
            await migrate(url, f"{branch}@-1")
    assert (await revisions(url)).state == "empty"


async def test_a_revision_can_be_named_in_either_direction(url: str) -> None:
    await migrate(url, "service_0001_tables")
    assert (await revisions(url)).state == "behind"
    await migrate(url, "own_0001_root")
    await migrate(url)
    assert (await revisions(url)).state == "current"
    with pytest.raises(ApplicationError, match="nothing_of_the_kind"):
        await migrate(url, "nothing_of_the_kind")


async def test_the_tables_in_the_code_need_no_further_migration(url: str) -> None:
    await migrate(url)
    config = Config(ROOT / "alembic.ini")
    config.attributes["url"] = url
    await asyncio.to_thread(command.check, config)


async def test_each_database_draws_an_epoch_of_its_own(tmp_path: Path) -> None:
    epochs = set()
    for name in ("a", "b"):
        await migrate(f"sqlite+aiosqlite:///{tmp_path}/{name}")
        epochs |= set(query(tmp_path / name, "SELECT epoch FROM journal_epoch"))
    assert len(epochs) == 2


async def test_the_sql_makes_the_same_tables(file: Path, url: str, tmp_path: Path) -> None:
    sql = await migration_sql(url)
    connection = sqlite3.connect(tmp_path / "by_hand")
    connection.executescript(sql)
    connection.close()
    await migrate(url)
    made = "SELECT sql FROM sqlite_master WHERE sql NOT NULL ORDER BY name"
    by_hand, by_command = query(tmp_path / "by_hand", made), query(file, made)
    assert [sql.split() for sql in by_hand] == [sql.split() for sql in by_command]


async def test_processes_that_migrate_at_once_do_not_break_each_other(file: Path, url: str) -> None:
    code = (
        "import asyncio, sys; from chassis.service_package import use_service;"
        "from chassis.infrastructure.database.migration.migrate import migrate;"
        "use_service('app');"
        "sys.stdin.read(); asyncio.run(migrate(sys.argv[1]))"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code, url),
            env={"PYTHONPATH": str(ROOT / "src")},
            stdin=asyncio.subprocess.PIPE,
        )
        for _ in range(3)
    ]
    await asyncio.gather(*(process.communicate() for process in processes))
    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(query(file, "SELECT epoch FROM journal_epoch")) == 1


def test_states() -> None:
    graph = Graph({"a1": (), "a2": ("a1",), "b1": (), "b2": ("b1", "a2")})
    # Alembic records no revision that another recorded one depends on.
    assert graph.heads == {"b2"}
    for found, state, pending in (
        ((), "empty", {"a1", "a2", "b1", "b2"}),
        (("a1",), "behind", {"a2", "b1", "b2"}),
        (("a2", "b1"), "behind", {"b2"}),
        (("b2",), "current", set()),
        (("b2", "x9"), "ahead", set()),
        (("a1", "x9"), "ahead", {"a2", "b1", "b2"}),
    ):
        result = compare(graph, frozenset(found))
        assert result.state == state
        assert result.pending == pending


async def test_a_database_of_newer_code_is_ahead(file: Path, url: str) -> None:
    await migrate(url)
    connection = sqlite3.connect(file)
    connection.executescript("UPDATE alembic_version SET version_num = version_num || '_later'")
    connection.close()
    assert (await revisions(url)).state == "ahead"
