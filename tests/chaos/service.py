"""The service that faults strike: a generated one with the guide's second aggregate, and jobs."""

from pathlib import Path

from tools.drill.leadership.ticking import add_ticking
from tools.orders import add_orders
from tools.service import Service, install, render


def make_service(path: Path) -> Service:
    """Render the service into `path`, install it, and add the orders and the workers' jobs."""
    roles = ["producer", "consumer", "worker"]
    service = render(path, {"project_name": "chaos", "roles": roles})
    install(service, "--group", "dev")
    add_orders(service)
    add_ticking(service)
    return service
