"""Orders over tcp."""

from tests.chassis.conformance.drivers import tcp
from tests.chassis.conformance.orders.jsonrpc import OrdersDriver


class Driver(OrdersDriver, tcp.Driver):
    """Places, ships, lists and follows."""
