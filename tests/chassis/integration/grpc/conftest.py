"""What the tests of the service have here."""

from tests.integration.grpc.conftest import client, quiet, service

__all__ = ["client", "quiet", "service"]
