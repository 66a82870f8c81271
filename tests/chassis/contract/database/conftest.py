"""What the tests of the service have here."""

from tests.contract.database.conftest import database, plain_database_url, plain_template, store

__all__ = ["database", "plain_database_url", "plain_template", "store"]
