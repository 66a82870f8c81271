"""Port: a connection to a broker."""

from typing import Protocol

from chassis.application.ports.dead_letters import DeadLetters
from chassis.application.ports.publisher import Publisher
from chassis.application.ports.subscription import Subscription
from chassis.application.ports.unrouted import Unrouted


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

    @property
    def dead_letters(self) -> DeadLetters:
        """Where this consumer's unhandled messages are kept."""
        ...

    @property
    def unrouted(self) -> Unrouted:
        """What was published while no queue took it."""
        ...

    async def check(self) -> None:
        """Return where it answers; raises `Unavailable` where it does not."""
        ...

    async def advice(self) -> str | None:
        """Return what should be mended though it answers, and how; raises `Unavailable`."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
