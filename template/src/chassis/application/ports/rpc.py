"""Port: calls of jobs in other processes, and their replies."""

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from msgspec import Struct

# Seconds. RabbitMQ closes a channel that has not acked a delivery for 30 minutes.
LONGEST = 1500.0


class RpcRequest(Struct, frozen=True, kw_only=True):
    """A call of a job: `within` are the seconds that it has left when it is sent or received."""

    id: str
    job: str
    body: bytes
    within: float
    request_id: str | None = None
    traceparent: str | None = None


class ReceivedCall(Struct, frozen=True):
    """A request as a worker gets it, and where its reply goes.

    One that `is_redelivered` was with another worker that has ended since, and may have begun it.
    """

    tag: int
    request: RpcRequest
    reply_to: str
    is_redelivered: bool = False


class RpcClient(Protocol):
    """The side of the callers; it connects at first use."""

    async def call(self, request: RpcRequest) -> bytes:
        """Send the request, and return the reply.

        Raises `NoWorker` if no worker has the job, `Busy` if too many requests wait for it, and
        `Unavailable` if the request could not be sent. Raises `OutcomeUnknown` if it was sent, and
        the connection is lost before the reply. A cancelled call tells the workers, best effort.
        """
        ...


class RpcServer(Protocol):
    """The side of a worker."""

    async def start(self, jobs: Collection[str], cancel: Callable[[str], None]) -> None:
        """Begin to take requests for these jobs, if it does not yet; raises `Unavailable`.

        `cancel` is called with the id of each request whose caller has left.
        """
        ...

    async def receive(self) -> Sequence[ReceivedCall]:
        """Wait for requests and return them; an expired request is never among them.

        At most so many requests of each job are returned without a reply. Raises `Unavailable`: the
        replies to the earlier requests are then sent, but may be late.
        """
        ...

    def reply(self, call: ReceivedCall, body: bytes | None) -> None:
        """Send the reply, soon, or none if the caller has left; the call is then over."""
        ...

    async def stop(self) -> Sequence[ReceivedCall]:
        """Take no more requests; return those that had come. The rest stays with the broker."""
        ...

    async def close(self) -> None:
        """Send the replies that wait; requests without a reply go to other workers."""
        ...
