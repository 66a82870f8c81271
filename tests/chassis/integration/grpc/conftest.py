"""The fixtures that these tests share with the service's own tests."""

from tests.integration.grpc.conftest import client, quiet, service

__all__ = ["client", "quiet", "service"]
