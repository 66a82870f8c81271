"""The server as the composition root has it."""

from app.bootstrap import discovery
from tests.harness import Service


def test_routes_are_the_methods(service: Service) -> None:
    routes = discovery.server("grpc").routes(service.system)

    assert routes[:2] == ["grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch"]
    assert "notifications.v1.NotificationService/RegisterMany" in routes
    assert len(routes) == 9
