"""RabbitMQ as the application's broker."""

import asyncio

from chassis.application.errors import Unavailable
from chassis.application.unrouted_advice import unrouted_advice
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.dead_letters import RabbitDeadLetters
from chassis.infrastructure.rabbitmq.declaring import RENAME, count, differs
from chassis.infrastructure.rabbitmq.publisher import RabbitPublisher
from chassis.infrastructure.rabbitmq.rpc.client import RabbitRpcClient
from chassis.infrastructure.rabbitmq.rpc.server import RabbitRpcServer
from chassis.infrastructure.rabbitmq.subscription import RabbitSubscription
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.rabbitmq.unrouted import RabbitUnrouted


class RabbitBroker:
    """Publishes on one connection, consumes on another, and sends other requests on a third.

    A fourth one takes the messages in `unrouted`; it is opened when there are any. Three more are
    for the calls of remote jobs, for their requests in a worker, and for the replies to these. The
    last one consumes durable jobs, which may take long.

    During an alarm, RabbitMQ reads nothing from a connection that publishes. Acks would wait behind
    the messages, and the queues that fill its memory could not be emptied. The service reads
    nothing from the consuming connection while its buffer is full, so answers would wait there,
    too.
    """

    def __init__(self, url: str, topology: Topology, jobs: Topology | None = None) -> None:
        """Without `jobs`, it has no queue of durable jobs."""
        self._rows = [*topology.rows(), *(jobs.consuming() if jobs else ())]
        self._topology = topology
        self._publishing = RabbitConnection(url, f"{topology.queue} publishing")
        self._consuming = RabbitConnection(url, f"{topology.queue} consuming")
        self._asking = RabbitConnection(url, f"{topology.queue} asking")
        self._routing = RabbitConnection(url, f"{topology.queue} routing")
        self._calling = RabbitConnection(url, f"{topology.queue} calling")
        self._serving = RabbitConnection(url, f"{topology.queue} serving")
        self._answering = RabbitConnection(url, f"{topology.queue} answering")
        self.publisher = RabbitPublisher(self._publishing, topology)
        self.dead_letters = RabbitDeadLetters(self._publishing, self._asking, topology)
        self.unrouted = RabbitUnrouted(self._publishing, self._asking, self._routing, topology)
        self.subscription = RabbitSubscription(
            self._consuming, self._publishing, self._asking, topology, self.unrouted.bound
        )
        self._working = RabbitConnection(url, f"{topology.queue} working")
        self.jobs = RabbitSubscription(
            self._working,
            self._publishing,
            self._asking,
            jobs or topology.of_jobs((), 1),
            self.unrouted.bound,
        )

        self.rpc_client = RabbitRpcClient(self._calling, topology)
        self.rpc_server = RabbitRpcServer(self._serving, self._answering, topology)

    async def check(self) -> None:
        """Return if it answers; raises `Unavailable` if not."""
        async with self._publishing.channel():
            pass

    async def advice(self) -> str | None:
        """Return advice for the operator.

        Raises `Unavailable` if it does not answer, or if this service's own queue is another's.
        """
        return "; ".join(await self._findings()) or None

    async def close(self) -> None:
        """Close the connections."""
        connections = (
            *(self._publishing, self._consuming, self._asking, self._routing),
            *(self.rpc_client, self._serving, self._answering, self._working),
        )
        await asyncio.gather(*(each.close() for each in connections))

    async def _findings(self) -> list[str]:
        found = []
        for row in self._rows:
            if await differs(self._publishing, row):
                reason = (
                    f"the {row.kind} {row.name} differs from what this service declares "
                    f"({row.details})"
                )
                if not row.shared:
                    # A consumer cannot start on it.
                    raise Unavailable(f"{reason}: drain and delete it, or {RENAME}")
                found.append(reason)
        if advice := await unrouted_advice(self.unrouted, self._topology.unrouted):
            found.append(advice)
        for name in self._topology.replaced:
            if left := await count(self._publishing, name):
                found.append(
                    f"{left} messages lie in {name}, which this service no longer consumes: drain "
                    "and delete it (BROKER_PARTITIONS has changed)"
                )
        if dead := await self.dead_letters.count():
            found.append(f"{dead} messages lie in {self._topology.dead}: none could be handled")
        return found
