"""The service that faults strike: a generated one with the guide's second aggregate, and work."""

from pathlib import Path

from tests.chaos.chores.calling import add_program
from tests.chaos.chores.ledger import add_ledger
from tools.drill.leadership.ticking import add_ticking
from tools.drill.over.caller import TRANSPORTS
from tools.drill.rpc.jobs import add_squares
from tools.orders import add_orders
from tools.service import Service, install, render


def make_service(path: Path) -> Service:
    """Render the service into `path`, install it, and add the orders and the workers' work."""
    roles = ["producer", "consumer", "worker"]
    service = render(path, {"project_name": "chaos", "roles": roles, "transports": [*TRANSPORTS]})
    install(service, "--group", "dev")
    add_orders(service)
    add_ticking(service)
    add_ledger(service)
    add_squares(service)
    add_program(service)
    return service
