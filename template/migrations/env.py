"""Alembic's environment: for the `alembic` command, and for the service's own `migrate`."""

from chassis.bootstrap.alembic_run import run_migrations

run_migrations(package="app")
