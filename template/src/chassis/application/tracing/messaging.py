"""What spans call the broker and the places in it."""

from msgspec import Struct


class Messaging(Struct, frozen=True):
    """`system` as in OpenTelemetry's `messaging.system`; the exchange and the queue by name."""

    system: str
    exchange: str
    queue: str
