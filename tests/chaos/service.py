"""The service that faults strike: a generated one with the guide's second aggregate."""

from pathlib import Path

from tools.orders import add_orders
from tools.service import Service, install, render


def make_service(path: Path) -> Service:
    """Render the service into `path`, install it, and add the orders."""
    service = render(path, {"project_name": "chaos"})
    install(service, "--group", "dev")
    add_orders(service)
    return service
