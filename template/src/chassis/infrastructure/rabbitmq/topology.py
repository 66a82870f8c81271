"""The topology of a service in RabbitMQ: exchanges, queues and bindings, declared by a table."""

from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from chassis.application.topology import SUBJECT, TopologyRow
from chassis.infrastructure.rabbitmq.rows import KEPT_FOR_EVER, SINGLE_ACTIVE, Row, own_rows

UNROUTED_BYTES = 2**30

# Requests of a remote job that wait, and the milliseconds that its queue outlives the last worker.
REQUESTS = 100_000
WORKER_AWAY = 10_000
# Classic: a request is not worth a disk write, as it does not outlive its deadline.
REQUEST_QUEUE = {
    "x-queue-type": "classic",
    "x-expires": WORKER_AWAY,
    "x-max-length": REQUESTS,
    "x-overflow": "reject-publish",
}


class Topology(Struct, frozen=True, kw_only=True):
    """The names of one service, and the bounds of its messages in the broker.

    `prefetch` bounds the deliveries in flight, `unrouted_limit` the unrouted messages; `delays` are
    the delays of the retry schedule, in seconds. With `partitions`, the consumer has so many queues
    instead of one, each of which one replica at a time consumes. With `headers`, published events
    have their type and their subject as headers. `table` are the service's own rows. `jobs` are the
    remote jobs that this process serves, `rpc_prefetch` requests of each at once. `dead_queue` is
    the queue of dead letters, if that is another one's.
    """

    exchange: str
    queue: str
    bindings: tuple[str, ...]
    prefetch: int
    unrouted_limit: int
    delays: tuple[float, ...] = ()
    partitions: int = 0
    headers: bool = False
    table: tuple[TopologyRow, ...] = ()
    jobs: tuple[str, ...] = ()
    rpc_prefetch: int = 64
    dead_queue: str = ""

    @property
    def inbox(self) -> str:
        """The queue of all events for this service, or the exchange in front of its partitions."""
        match self.partitions:
            case 0:
                return self.queue
            case 1:
                return f"{self.queue}.single"
            case _:
                return f"{self.queue}.partitions"

    @property
    def queues(self) -> tuple[str, ...]:
        """The queues that the consumer consumes."""
        if self.partitions < 2:
            return (self.inbox,)
        return tuple(f"{self.queue}.partition.{number}" for number in range(self.partitions))

    @property
    def replaced(self) -> tuple[str, ...]:
        """The queues of another number of partitions, which nothing consumes now."""
        others = (self.queue, f"{self.queue}.single", f"{self.queue}.partition.{self.partitions}")
        return tuple(name for name in others if name not in self.queues)

    @property
    def to_inbox(self) -> tuple[str, str]:
        """The exchange and the routing key to the inbox; the subject chooses a partition."""
        return ("", self.inbox) if self.partitions < 2 else (self.inbox, "")

    @property
    def unrouted(self) -> str:
        """The exchange, and the queue behind it, of unrouted messages."""
        return f"{self.exchange}.unrouted"

    @property
    def dead(self) -> str:
        """The queue of the messages that this service received and could not handle."""
        return self.dead_queue or f"{self.queue}.dead"

    @property
    def durable_jobs(self) -> str:
        """The queue of the durable jobs."""
        return f"{self.queue}.jobs"

    def of_jobs(self, bindings: Sequence[str], prefetch: int) -> "Topology":
        """Return the topology of the durable jobs: a queue of their own, the same dead letters."""
        return replace(
            self,
            queue=self.durable_jobs,
            bindings=tuple(bindings),
            prefetch=prefetch,
            partitions=0,
            table=(),
            jobs=(),
            dead_queue=self.dead,
        )

    def delayed(self, delay: float) -> str:
        """The queue of messages that are retried after so many seconds.

        The delay is in its name: a queue's delay cannot change, and with another schedule the old
        queues empty themselves.
        """
        return f"{self.inbox}.retry.{_milliseconds(delay)}ms"

    @property
    def cancelling(self) -> str:
        """The exchange that tells all workers of a caller that has left."""
        return f"{self.exchange}.rpc.cancelled"

    def remote_job(self, job: str) -> str:
        """The queue of the requests for a job."""
        return f"{self.exchange}.rpc.{job}"

    def calling(self) -> list[Row]:
        """Return the rows that a caller of remote jobs needs."""
        return [Row("fanout exchange", self.cancelling, {}, shared=True)]

    def serving(self, jobs: Iterable[str]) -> list[Row]:
        """Return the further rows that a worker needs: a queue for each job."""
        return [Row("queue", self.remote_job(job), REQUEST_QUEUE, shared=True) for job in jobs]

    def publishing(self) -> list[Row]:
        """Return the rows that a producer needs."""
        # `drop-head`, the default, would lose messages that the broker has confirmed to their
        # producers.
        bounds = {
            "x-max-length": self.unrouted_limit,
            "x-max-length-bytes": UNROUTED_BYTES,
            "x-overflow": "reject-publish",
        }
        return [
            Row("fanout exchange", self.unrouted, {}, shared=True),
            Row("queue", self.unrouted, KEPT_FOR_EVER | bounds, shared=True),
            Row("binding", "", {"exchange": self.unrouted, "queue": self.unrouted}),
            Row(
                "topic exchange", self.exchange, {"alternate-exchange": self.unrouted}, shared=True
            ),
            *own_rows(self.table, self.exchange, self._own(), consumes=False),
        ]

    def dead_lettering(self) -> list[Row]:
        """Return the rows that dead letters need."""
        return [Row("queue", self.dead, KEPT_FOR_EVER)]

    def retrying(self) -> list[Row]:
        """Return the rows that a retry after a delay needs."""
        exchange, key = self.to_inbox
        back = {
            "x-dead-letter-exchange": exchange,
            "x-dead-letter-routing-key": key,
            # The default, `at-most-once`, loses messages that cannot be moved at once. This
            # strategy requires `reject-publish`.
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
        return [
            Row(
                "queue",
                self.delayed(delay),
                KEPT_FOR_EVER | {"x-message-ttl": _milliseconds(delay)} | back,
            )
            for delay in dict.fromkeys(self.delays)
        ]

    def consuming(self) -> list[Row]:
        """Return the further rows that a consumer needs.

        A binding that is no longer configured stays until an operator removes it: AMQP cannot list
        bindings.
        """
        own = {"exchange": self.exchange, **self._own()}
        return [
            *self._partitioning(),
            # First, because the queue itself takes as long to see that a consumer is there.
            *self.retrying(),
            *self._queues(),
            *(Row("binding", key, own) for key in self.bindings),
            *own_rows(self.table, self.exchange, self._own(), consumes=True),
        ]

    def _own(self) -> dict[str, str]:
        """Return the target of a binding that leads to the inbox."""
        return {"queue" if self.partitions < 2 else "to": self.inbox}

    def _partitioning(self) -> list[Row]:
        """Return the exchange that gives each subject to one partition."""
        if self.partitions < 2:
            return []
        # RabbitMQ gives all messages without the header to one of the queues.
        return [Row("x-consistent-hash exchange", self.inbox, {"hash-header": SUBJECT})]

    def _queues(self) -> list[Row]:
        arguments = KEPT_FOR_EVER | (SINGLE_ACTIVE if self.partitions else {})
        rows = [Row("queue", name, arguments) for name in self.queues]
        if self.partitions < 2:
            return rows
        # The key of such a binding is the queue's weight.
        weights = [
            Row("binding", "1", {"exchange": self.inbox, "queue": name}) for name in self.queues
        ]
        return rows + weights

    def rows(self) -> list[Row]:
        """Return all rows, in the order in which they can be declared."""
        served = [*self.calling(), *self.serving(self.jobs)] if self.jobs else []
        return [*self.publishing(), *self.dead_lettering(), *self.consuming(), *served]

    def described(self) -> dict[str, list[str]]:
        """Return a line for each row, for people, by kind."""
        return described(self.rows())


def described(rows: Iterable[Row]) -> dict[str, list[str]]:
    """Return a line for each row, for people, by kind."""
    lines: dict[str, list[str]] = {}
    for row in rows:
        name = row.name or "(all)"
        line = f"{name}: {row.details}" if row.details else name
        lines.setdefault(row.kind, []).append(line)
    return lines


def _milliseconds(delay: float) -> int:
    return round(delay * 1000)
