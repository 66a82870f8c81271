"""The server as the composition root has it."""

from uuid import uuid4

import pytest

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.bootstrap import discovery
from chassis.bootstrap.project import read_project
from tests.harness import Service
from tests.integration.grpc.serving import Client, Failed


def test_routes_are_the_methods(service: Service) -> None:
    routes = discovery.server("grpc").routes(service.system)

    assert routes[:2] == ["grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch"]
    assert "notifications.v1.NotificationService/RegisterMany" in routes
    # Another aggregate has a service of its own.
    assert len([route for route in routes if route.startswith("notifications.")]) == 7


async def test_errors_come_from_this_service(client: Client) -> None:
    with pytest.raises(Failed) as caught:
        await client.ask("Get", pb.GetRequest(id=str(uuid4())))

    assert caught.value.info.domain == read_project().slug
