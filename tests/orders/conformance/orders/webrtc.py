"""Orders over webrtc."""

from tests.chassis.conformance.drivers import webrtc
from tests.chassis.conformance.orders.jsonrpc import OrdersDriver


class Driver(OrdersDriver, webrtc.Driver):
    """Places, ships, lists and follows."""
