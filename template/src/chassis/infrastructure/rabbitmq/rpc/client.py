"""The callers' side: requests to the queues of jobs, and direct replies."""

import asyncio

from aiormq import Channel
from aiormq.abc import DeliveredMessage

from chassis.application.errors import Busy, NoWorker, OutcomeUnknown, Unavailable
from chassis.application.ports.rpc import RpcRequest
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.outgoing import Outgoing
from chassis.infrastructure.rabbitmq.rpc.messages import (
    REPLY_TO,
    cancel_message,
    request_message,
)
from chassis.infrastructure.rabbitmq.sender import Ids, Sender
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.rabbitmq.upstream.deliveries import Deliveries

RETRY_AFTER = 1


class RabbitRpcClient:
    """Publishes requests in batches, on the channel that gets the replies to them.

    `connection` is for this alone. With the end of the channel, the broker drops its replies.
    """

    def __init__(self, connection: RabbitConnection, topology: Topology) -> None:
        self._connection = connection
        self._topology = topology
        self._sender = Sender(connection, topology.calling(), self._listen)
        self._answers: dict[str, asyncio.Future[bytes]] = {}
        # The requests that are not sent yet, and cancellations.
        self._requests: dict[str, Outgoing] = {}
        self._cancelled: list[Outgoing] = []
        self._sending: asyncio.Task[None] | None = None

    async def call(self, request: RpcRequest) -> bytes:
        """Send the request, and return the reply; the errors are those of the port."""
        identity = request.id
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._answers[identity] = answer
        self._requests[identity] = request_message(request, self._topology)
        self._wake()
        try:
            return await answer
        except asyncio.CancelledError:
            if self._requests.pop(identity, None) is None:
                self._cancelled.append(cancel_message(identity, self._topology))
                self._wake()
            raise
        finally:
            del self._answers[identity]

    async def close(self) -> None:
        """Close the connection; what is being sent has left before, or cannot leave."""
        if self._sending is not None:
            await asyncio.wait([self._sending])
        await self._connection.close()

    def _wake(self) -> None:
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def _send(self) -> None:
        while self._requests or self._cancelled:
            try:
                await self._sender.open()
            except Unavailable as error:
                # Nothing of them was sent.
                unsent, self._requests, self._cancelled = self._requests, {}, []
                for identity in unsent:
                    self._fail(identity, Unavailable(str(error)))
                return
            requests, self._requests = self._requests, {}
            cancelled, self._cancelled = self._cancelled, []
            await self._publish(requests, cancelled)

    async def _publish(self, requests: dict[str, Outgoing], cancelled: list[Outgoing]) -> None:
        returned: Ids = set()
        rejected: Ids = set()
        outgoing = [*requests.values(), *cancelled]
        try:
            confirmed = await self._sender.send(outgoing, returned, rejected)
        except Unavailable as error:
            for identity in requests:
                self._fail(identity, OutcomeUnknown(str(error)))
            return
        for request, is_confirmed in zip(requests.values(), confirmed, strict=False):
            if not is_confirmed:
                self._fail(request.message_id or "", self._problem(request, returned, rejected))

    def _problem(self, request: Outgoing, returned: Ids, rejected: Ids) -> Exception:
        identity, queue = request.message_id, request.routing_key
        if identity in returned:
            return NoWorker(f"no worker has made the queue {queue}")
        if identity in rejected:
            return Busy(f"too many requests wait in {queue}: try again", RETRY_AFTER)
        if refusal := self._sender.refusal(request):
            return Unavailable(f"RabbitMQ refuses the request: {refusal}")
        return OutcomeUnknown("RabbitMQ has not said whether it has the request")

    async def _listen(self, channel: Channel) -> None:
        """Get the replies to what is published on this channel."""
        has_room = asyncio.Event()
        has_room.set()
        Deliveries.stand_in(channel, self._take, has_room)
        channel.closing.add_done_callback(lambda _: self._lost())
        await channel.basic_consume(REPLY_TO, _taken_before, no_ack=True)

    def _take(self, message: DeliveredMessage) -> None:
        answer = self._answers.get(message.header.properties.correlation_id or "")
        if answer is not None and not answer.done():
            answer.set_result(message.body)

    def _lost(self) -> None:
        """End the calls that were sent: their replies cannot come."""
        for identity in self._answers.keys() - self._requests.keys():
            self._fail(identity, OutcomeUnknown("the connection to RabbitMQ was lost"))

    def _fail(self, identity: str, error: Exception) -> None:
        answer = self._answers.get(identity)
        if answer is not None and not answer.done():
            answer.set_exception(error)


async def _taken_before(_: DeliveredMessage) -> None:
    """Do nothing: the client needs a callback, and `Deliveries` leaves it no message."""
