"""The fixtures that these tests share with the service's own tests."""

from tests.e2e.conftest import servers

__all__ = ["servers"]
