"""Port: a connection to a broker."""

from typing import Protocol

from chassis.application.ports.dead_letters import DeadLetters
from chassis.application.ports.publisher import Publisher
from chassis.application.ports.rpc import RpcClient, RpcServer
from chassis.application.ports.subscription import Subscription
from chassis.application.ports.unrouted import Unrouted


class Broker(Protocol):
    """The parts of one broker that producers and consumers need; it connects at first use."""

    @property
    def publisher(self) -> Publisher:
        """Publishes events."""
        ...

    @property
    def subscription(self) -> Subscription:
        """Receives events."""
        ...

    @property
    def jobs(self) -> Subscription:
        """Receives durable jobs, in a worker."""
        ...

    @property
    def dead_letters(self) -> DeadLetters:
        """The unhandled messages of this consumer, and of this worker."""
        ...

    @property
    def unrouted(self) -> Unrouted:
        """The messages that no queue took."""
        ...

    @property
    def rpc_client(self) -> RpcClient:
        """Calls remote jobs."""
        ...

    @property
    def rpc_server(self) -> RpcServer:
        """Receives the calls of remote jobs."""
        ...

    async def check(self) -> None:
        """Return if it answers; raises `Unavailable` if not."""
        ...

    async def advice(self) -> str | None:
        """Return what the operator should change although it answers; raises `Unavailable`."""
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
