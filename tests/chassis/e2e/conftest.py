"""What the tests of the service have here."""

from tests.e2e.conftest import servers

__all__ = ["servers"]
