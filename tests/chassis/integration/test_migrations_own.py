"""A user's own table and migration, with a later migration of the chassis."""

import os
import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CHASSIS = "src/chassis/migrations/versions"

TABLE = '''"""Widgets."""

from sqlalchemy import Column, Index, Table, Uuid

from chassis.infrastructure.database.metadata import metadata
from chassis.infrastructure.database.types import Position, Text, Timestamp

widgets = Table(
    "widgets",
    metadata,
    Column("position", Position, primary_key=True),
    Column("id", Uuid, unique=True),
    Column("name", Text, nullable=False),
    Column("made_at", Timestamp, nullable=False),
    Index(None, "made_at"),
)
'''

LATER = '''"""What a later template might bring."""

import sqlalchemy as sa
from alembic import op

revision = "chassis_9999_later"
down_revision = "NEWEST"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.add_column(sa.Column("later", sa.String()))


def downgrade() -> None:
    with op.batch_alter_table("outbox") as batch:
        batch.drop_column("later")
'''


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of what the `alembic` command needs of this project."""
    without = shutil.ignore_patterns("__pycache__")
    for folder in ("src", "migrations"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without)
    shutil.copy(ROOT / "alembic.ini", tmp_path)
    return tmp_path


def alembic(project: Path, *arguments: str) -> str:
    environment = os.environ | {"DATABASE_URL": "sqlite+aiosqlite:///own.db"}
    done = subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def query(project: Path, sql: str) -> set[str]:
    connection = sqlite3.connect(project / "own.db")
    try:
        return {row[0] for row in connection.execute(sql)}
    finally:
        connection.close()


def tables(project: Path) -> set[str]:
    return query(project, "SELECT name FROM sqlite_master WHERE type = 'table'")


def columns(project: Path, table: str) -> set[str]:
    return query(project, f"SELECT name FROM pragma_table_info('{table}')")


def test_own_migrations_go_with_those_of_a_later_template(project: Path) -> None:
    alembic(project, "upgrade", "heads")
    # Such as `app_0010_orders (app, service) (head)`, with the labels in any order.
    heads = re.findall(r"^(\S+) \(([^)]+)\)", alembic(project, "heads"), re.MULTILINE)
    (newest,) = [revision for revision, labels in heads if "app" in labels.split(", ")]

    # A table is a new folder; its migration a new file. No file that was there is edited.
    folder = project / "src/app/infrastructure/widget"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Widgets."""\n')
    (folder / "table.py").write_text(TABLE)
    alembic(project, "revision", "--autogenerate", "-m", "Widgets, at last")
    (written,) = (project / "migrations/versions/app").glob("app_*_widgets_at_last.py")
    assert f'down_revision = "{newest}"' in written.read_text()
    assert "types.Timestamp()" in written.read_text()
    alembic(project, "upgrade", "heads")
    assert "widgets" in tables(project)
    alembic(project, "check")

    # An update of the chassis brings a migration on its own branch.
    versions = project / CHASSIS
    last = max(path.stem for path in versions.glob("chassis_*.py"))
    (versions / "chassis_9999_later.py").write_text(LATER.replace("NEWEST", last))
    alembic(project, "upgrade", "heads")
    assert "later" in columns(project, "outbox")
    assert "widgets" in tables(project)

    # Either can be taken back without the other.
    alembic(project, "downgrade", "chassis@-1")
    assert "later" not in columns(project, "outbox")
    assert "widgets" in tables(project)
    alembic(project, "downgrade", "app@-1")
    assert "widgets" not in tables(project)
    assert "notifications" in tables(project)


def test_an_own_migration_comes_after_the_table_that_it_changes(project: Path) -> None:
    alembic(project, "upgrade", "heads")
    table = project / "src/app/infrastructure/notification/table.py"
    column = '    Column("is_seen", '
    added = '    Column("colour", Text, nullable=True),\n' + column
    table.write_text(table.read_text().replace(column, added))
    alembic(project, "revision", "--autogenerate", "-m", "colour")

    (written,) = (project / "migrations/versions/app").glob("app_*_colour.py")
    assert '"chassis_' in written.read_text().partition("depends_on = ")[2]
    # A new database runs all migrations at once.
    (project / "own.db").unlink()
    alembic(project, "upgrade", "heads")
    assert "colour" in columns(project, "notifications")
    alembic(project, "check")
