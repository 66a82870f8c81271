"""What the tests of the service have here."""

from tests.integration.http.conftest import store

__all__ = ["store"]
