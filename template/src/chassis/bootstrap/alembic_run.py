"""The entry point of Alembic: for the `alembic` command, and for the service's own `migrate`."""

import logging
from functools import partial
from typing import Any

from alembic import context
from alembic.util import CommandError
from sqlalchemy import Connection, make_url

from chassis.bootstrap.environment import Environment, SettingsError
from chassis.bootstrap.settings import CoreSettings
from chassis.infrastructure.database.dialects import dialect_for
from chassis.infrastructure.database.migration.naming import name_revisions
from chassis.infrastructure.database.migration.ours import is_ours
from chassis.infrastructure.database.migration.revisions import recorded
from chassis.infrastructure.database.tables import all_tables
from chassis.service_package import use_service


def run_migrations(package: str) -> None:
    """Run Alembic's operation; only within its `env.py`. Raises `CommandError`.

    `package` is the service's.
    """
    use_service(package)
    if "url" not in context.config.attributes:
        logging.basicConfig(format="%(message)s")
        for name in ("alembic.runtime.migration", "alembic.autogenerate"):
            logging.getLogger(name).setLevel(logging.INFO)
    url = _database_url()
    if context.is_offline_mode():
        context.configure(url=url, literal_binds=True, **_options(url))
        with context.begin_transaction():
            context.run_migrations()
    else:
        dialect_for(url).migrate(partial(_migrate, url))


def _database_url() -> str:
    """Return the URL from `migrate`, or else the one of the settings."""
    if "url" in context.config.attributes:
        return str(context.config.attributes["url"])
    try:
        return Environment.read().load(CoreSettings).database_url
    except SettingsError as error:
        raise CommandError(str(error)) from None


def _options(url: str) -> dict[str, Any]:
    """Return the options that an online and an offline run share."""
    return {
        "target_metadata": all_tables(),
        "process_revision_directives": name_revisions,
        "include_object": is_ours,
        "user_module_prefix": "types.",
        # SQLite supports it, too, though Alembic assumes that it does not.
        "transactional_ddl": True,
        # SQLite cannot alter a column in place: a batch operation builds the table again.
        "render_as_batch": make_url(url).get_backend_name() == "sqlite",
    }


def _migrate(url: str, connection: Connection) -> None:
    """Migrate the database behind `connection`."""
    # A run migrates all or nothing, unless replicas serve meanwhile. Migrations lock tables in
    # different orders, so a migration that waits for a lock must not hold those of another one.
    is_each_alone = _is_served(connection)
    context.configure(
        connection=connection, transaction_per_migration=is_each_alone, **_options(url)
    )
    with context.begin_transaction():
        context.run_migrations()


def _is_served(connection: Connection) -> bool:
    """Return whether replicas may use the database: it is a server's, and not a new one."""
    if connection.dialect.name == "sqlite":
        return False
    found = recorded(connection)
    # The migrations must not run in the transaction of this read.
    connection.rollback()
    return bool(found)
