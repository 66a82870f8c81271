"""Orders over quic."""

from tests.chassis.conformance.drivers import quic
from tests.chassis.conformance.orders.jsonrpc import OrdersDriver


class Driver(OrdersDriver, quic.Driver):
    """Places, ships, lists and follows."""
