"""The fixtures that these tests share with the service's own tests."""

from tests.integration.conftest import store

__all__ = ["store"]
