"""The fixtures that these tests share with the service's own tests."""

from tests.contract.database.conftest import database, plain_database_url, plain_template, store

__all__ = ["database", "plain_database_url", "plain_template", "store"]
