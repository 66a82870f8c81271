"""Orders between peers."""

from tests.chassis.conformance.drivers import p2p
from tests.chassis.conformance.orders.jsonrpc import OrdersDriver


class Driver(OrdersDriver, p2p.Driver):
    """Places, ships, lists and follows."""
