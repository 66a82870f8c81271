"""The names of the broker, its exchange and its queue in spans."""

from msgspec import Struct


class Messaging(Struct, frozen=True):
    """`system` as in OpenTelemetry's `messaging.system`; the exchange and the queue by name."""

    system: str
    exchange: str
    queue: str
