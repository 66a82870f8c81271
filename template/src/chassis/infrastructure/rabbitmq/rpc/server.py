"""The worker's side: requests from the queues of its jobs, and the replies to them."""

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress

from chassis.application.errors import Unavailable
from chassis.application.ports.rpc import ReceivedCall
from chassis.application.ports.subscription import RECEIVED_BYTES
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.consumer import RabbitConsumer, Tagged
from chassis.infrastructure.rabbitmq.declaring import declare
from chassis.infrastructure.rabbitmq.rpc.cancellations import Cancellations
from chassis.infrastructure.rabbitmq.rpc.messages import received_call, reply_message
from chassis.infrastructure.rabbitmq.sender import Sender
from chassis.infrastructure.rabbitmq.topology import Topology

log = logging.getLogger(__name__)

LIMIT = 1000
# Seconds: for the last replies, and between looks for deliveries at a stop.
LEAVE = 5.0
POLL_INTERVAL = 0.05


class RabbitRpcServer:
    """Consumes with a prefetch for each job, and acks a request after its reply is sent.

    So the broker gives the requests of a worker that dies to another one.
    """

    def __init__(
        self, serving: RabbitConnection, answering: RabbitConnection, topology: Topology
    ) -> None:
        self._serving = serving
        self._topology = topology
        self._sender = Sender(answering, [])
        self._cancellations = Cancellations(answering, topology)
        self._consumer: RabbitConsumer | None = None
        self._replies: list[tuple[ReceivedCall, bytes | None]] = []
        self._sending: asyncio.Task[None] | None = None

    async def start(self, jobs: Collection[str], cancel: Callable[[str], None]) -> None:
        """Declare the queues and consume them, unless it does; raises `Unavailable`."""
        await self._cancellations.listen(cancel)
        consumer = self._consumer
        if consumer is not None and consumer.is_alive:
            return
        if consumer is not None:
            with suppress(Unavailable):
                await consumer.close()
        await declare(self._serving, self._topology.serving(jobs))
        base = consumer.last if consumer is not None else 0
        prefetch = self._topology.rpc_prefetch
        consumer = await RabbitConsumer.open(self._serving, prefetch, base)
        await consumer.start({self._topology.remote_job(job): 0 for job in jobs})
        self._consumer = consumer

    async def receive(self) -> Sequence[ReceivedCall]:
        """Wait for requests and return them; raises `Unavailable`."""
        if self._consumer is None:
            raise Unavailable("the worker consumes no queue")
        return _calls(await self._consumer.next(LIMIT, RECEIVED_BYTES))

    def reply(self, call: ReceivedCall, body: bytes | None) -> None:
        """Send the reply with the next ones, and then ack the request."""
        self._replies.append((call, body))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())

    async def stop(self) -> Sequence[ReceivedCall]:
        """Consume no more, and return what had been delivered; raises `Unavailable`."""
        if self._consumer is None:
            return ()
        delivered: list[ReceivedCall] = []
        ending = asyncio.create_task(self._consumer.end())
        try:
            while not ending.done():
                await asyncio.wait({ending}, timeout=POLL_INTERVAL)
                # The answer of the broker comes after all deliveries, and needs room as they do.
                while taken := self._consumer.take(LIMIT, RECEIVED_BYTES):
                    delivered += _calls(taken)
        finally:
            ending.cancel()
        await ending
        return delivered

    async def close(self) -> None:
        """Send the replies that wait; then end the channels, which requeues what has no reply."""
        if self._sending is not None:
            await asyncio.wait([self._sending], timeout=LEAVE)
        await self._cancellations.close()
        if self._consumer is not None:
            with suppress(Unavailable):
                await self._consumer.close()

    async def _send(self) -> None:
        while self._replies:
            replies, self._replies = self._replies, []
            outgoing = [
                reply_message(call, body)
                for call, body in replies
                if body is not None and call.reply_to
            ]
            if outgoing:
                try:
                    await self._sender.send(outgoing)
                except Unavailable as error:
                    fields = {"count": len(outgoing), "error": str(error)}
                    log.warning("replies of jobs are lost", extra=fields)
            await self._ack([call.tag for call, _ in replies])

    async def _ack(self, tags: Sequence[int]) -> None:
        """Ack what the present channel delivered; another one's requests come again."""
        consumer = self._consumer
        if consumer is None:
            return
        held = [tag for tag in tags if consumer.find(tag) is not None]
        if held:
            with suppress(Unavailable):
                await consumer.ack(held)


def _calls(taken: Sequence[Tagged]) -> list[ReceivedCall]:
    return [received_call(tag, message) for tag, message in taken]
