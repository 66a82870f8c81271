"""The server as the composition root has it."""

import subprocess
import sys

from app.bootstrap import discovery
from tests.harness import Service

LOADED = """
import sys
import app.cli
import app.cli.clients
from app.bootstrap import discovery
discovery.servers()
print([name for name in ("grpc", "google.protobuf") if name in sys.modules])
"""


def test_is_loaded_only_where_it_is_served() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_routes_are_the_methods(service: Service) -> None:
    routes = discovery.server("grpc").routes(service.system)

    assert routes[:2] == ["grpc.health.v1.Health/Check", "grpc.health.v1.Health/Watch"]
    assert "notifications.v1.NotificationService/RegisterMany" in routes
    assert len(routes) == 9
