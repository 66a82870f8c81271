"""Port: a connection to a broker."""

from typing import Protocol

from app.application.ports.publisher import Publisher
from app.application.ports.subscription import Subscription


class Broker(Protocol):
    """What a producer and a consumer need of one broker; it connects when it is first used."""

    @property
    def publisher(self) -> Publisher:
        """Where events go out."""
        ...

    @property
    def subscription(self) -> Subscription:
        """Where events come in."""
        ...

    async def check(self) -> None:
        """Return where it answers; raises `Unavailable` where it does not."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
