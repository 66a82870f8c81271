"""The rows of a service's own topology: exchanges, queues and bindings besides the usual ones.

The terms are those of AMQP (https://www.rabbitmq.com/tutorials/amqp-concepts).
"""

from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct

# The names of the exchange that the service publishes to, and of the queue that it consumes: the
# settings have the real ones.
EVENTS = ""
OWN = ""

# The headers of a published event with `BROKER_ATTRIBUTES=headers`, named as in CloudEvents' AMQP
# binding (https://github.com/cloudevents/spec, v1.0.2).
TYPE = "cloudEvents_type"
SUBJECT = "cloudEvents_subject"


class Exchange(Struct, frozen=True, kw_only=True):
    """An exchange; a `shared` one belongs to another service, too, and may exist already.

    A `consistent-hash` exchange gives each value of the header `hashes` to one of its queues, or
    each routing key if that is empty. It needs a plugin of RabbitMQ.
    """

    name: str
    kind: Literal["direct", "fanout", "topic", "headers", "consistent-hash"]
    hashes: str = ""
    shared: bool = False


class Queue(Struct, frozen=True, kw_only=True):
    """A durable queue for another program; over `limit` messages, producers wait.

    With `single_active`, one consumer at a time gets messages. A `stream` keeps what was read, for
    `max_age`, such as `7D`: each reader begins where it wants.
    """

    name: str
    kind: Literal["quorum", "stream"] = "quorum"
    limit: int = 1_000_000
    single_active: bool = False
    max_age: str = "7D"


class Binding(Struct, frozen=True, kw_only=True):
    """A binding of a queue, or of an exchange, to the exchange `source`.

    `key` is the routing key, a pattern for a topic exchange, or the weight for a consistent-hash
    one. A headers exchange compares `headers` instead: all of them, or any.
    """

    source: str = EVENTS
    queue: str | None = None
    exchange: str | None = None
    key: str = ""
    headers: Mapping[str, str] = {}
    match: Literal["all", "any"] = "all"

    def __post_init__(self) -> None:
        """Raise `ValueError` unless it has one target."""
        if (self.queue is None) == (self.exchange is None):
            raise ValueError("a binding needs a queue or an exchange, and not both")

    def matches(self, headers: Mapping[str, str]) -> bool:
        """Return whether a headers exchange follows this binding for a message."""
        found = (headers.get(name) == value for name, value in self.headers.items())
        return any(found) if self.match == "any" else all(found)


type TopologyRow = Exchange | Queue | Binding


def check_topology(rows: Sequence[TopologyRow]) -> None:
    """Raise `ValueError` for a wrong weight, or a name that is malformed, used twice or unknown."""
    exchanges = [row.name for row in rows if isinstance(row, Exchange)]
    queues = [row.name for row in rows if isinstance(row, Queue)]
    for kind, names in (("exchange", exchanges), ("queue", queues)):
        for name in names:
            if not 0 < len(name.encode()) <= 200 or not name.isprintable():
                raise ValueError(f"each {kind} of the topology needs a name of 1 to 200 bytes")
            if names.count(name) > 1:
                raise ValueError(f"two rows of the topology are the {kind} {name}: rename one")
    hashing = {
        row.name for row in rows if isinstance(row, Exchange) and row.kind == "consistent-hash"
    }
    for row in rows:
        if isinstance(row, Binding):
            _check_binding(row, {EVENTS, *exchanges}, {OWN, *queues})
            if row.source in hashing and not (row.key.isdecimal() and int(row.key) > 0):
                raise ValueError(
                    f"a binding of the consistent-hash exchange {row.source} needs a weight as its "
                    "key, such as '1'"
                )


def _check_binding(row: Binding, exchanges: set[str], queues: set[str]) -> None:
    if row.exchange == EVENTS:
        raise ValueError("a binding leads to the exchange of all events: it would be a loop")
    for kind, name, known in (
        ("exchange", row.source, exchanges),
        ("exchange", row.exchange, exchanges),
        ("queue", row.queue, queues),
    ):
        if name is not None and name not in known:
            raise ValueError(
                f"a binding names the {kind} {name}, which has no row: add one to the topology"
            )
