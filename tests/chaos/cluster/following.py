"""The next version of a generated service: one more field, with its column and its migration."""

import shutil
from pathlib import Path

from tests.chaos.mutants.mutant import SOURCE, Change
from tools.service import Service, install

CHANGES = (
    Change(
        "app/domain/notification/notification.py",
        "    is_seen: bool = False\n",
        '    is_seen: bool = False\n    urgency: str | None = "usual"\n',
    ),
    Change(
        "app/application/notification/messages.py",
        "    fired_at: Time\n    is_seen: bool = False\n",
        "    fired_at: Time\n    is_seen: bool = False\n    urgency: str | None = None\n",
    ),
    Change(
        "app/infrastructure/notification/table.py",
        '    Column("is_seen", Boolean, nullable=False),\n',
        '    Column("is_seen", Boolean, nullable=False),\n    Column("urgency", Text),\n',
    ),
)

VERSIONS = Path("migrations", "versions", "app")
REVISION = "app_0099_urgency"
MIGRATION = '''"""How urgent a notification is."""

import sqlalchemy as sa
from alembic import op

from chassis.infrastructure.database import types

revision = "app_0099_urgency"
down_revision = "{newest}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column("notifications", sa.Column("urgency", types.Text, nullable=True))


def downgrade() -> None:
    """Drop the column."""
    op.drop_column("notifications", "urgency")
'''


def following(service: Service, path: Path) -> Service:
    """Make the version after `service` in a folder of its own, and install it.

    Raises `StaleError` where the service is not what it was made for.
    """
    shutil.copytree(service.path, path, ignore=shutil.ignore_patterns(".venv", "__pycache__"))
    for change in CHANGES:
        file = path / SOURCE / change.file
        file.write_text(change.apply(file.read_text()))
    newest = max(file.stem for file in (path / VERSIONS).glob("*.py"))
    (path / VERSIONS / f"{REVISION}.py").write_text(MIGRATION.format(newest=newest))
    version = Service(path)
    install(version)
    return version
