"""Alembic's environment: for the `alembic` command, and for the service's own `migrate`."""

import logging
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, make_url

from app.bootstrap.environment import Environment, SettingsError
from app.bootstrap.settings import Settings
from app.infrastructure.database.dialects import dialect_for
from app.infrastructure.database.migration.naming import name_revisions
from app.infrastructure.database.migration.ours import is_ours
from app.infrastructure.database.migration.revisions import recorded
from app.infrastructure.database.tables import all_tables


def database_url() -> str:
    """Return the URL that `migrate` hands over, else the one of the settings."""
    if "url" in context.config.attributes:
        return str(context.config.attributes["url"])
    try:
        return Environment.read().load(Settings).database_url
    except SettingsError as error:
        raise CommandError(str(error)) from None


def options(url: str) -> dict[str, Any]:
    """Return what an online and an offline run have in common."""
    return {
        "target_metadata": all_tables(),
        "process_revision_directives": name_revisions,
        "include_object": is_ours,
        "user_module_prefix": "types.",
        # SQLite can do that too, though Alembic doubts it.
        "transactional_ddl": True,
        # SQLite cannot alter a column in place: a batch operation makes the table anew.
        "render_as_batch": make_url(url).get_backend_name() == "sqlite",
    }


def migrate(connection: Connection) -> None:
    """Migrate the database behind `connection`."""
    # All migrations of a run or none, unless replicas serve meanwhile. They lock tables in an order
    # of their own: a migration must hold the locks of no other one while it waits for its own.
    is_each_alone = is_served(connection)
    context.configure(
        connection=connection, transaction_per_migration=is_each_alone, **options(url)
    )
    with context.begin_transaction():
        context.run_migrations()


def is_served(connection: Connection) -> bool:
    """Return whether replicas may use the database: it is a server's, and not a new one."""
    if connection.dialect.name == "sqlite":
        return False
    found = recorded(connection)
    # The transaction in which that was read must not be taken for that of the migrations.
    connection.rollback()
    return bool(found)


if "url" not in context.config.attributes:
    logging.basicConfig(format="%(message)s")
    for name in ("alembic.runtime.migration", "alembic.autogenerate"):
        logging.getLogger(name).setLevel(logging.INFO)

url = database_url()
if context.is_offline_mode():
    context.configure(url=url, literal_binds=True, **options(url))
    with context.begin_transaction():
        context.run_migrations()
else:
    dialect_for(url).migrate(migrate)
