"""The rows of a topology in RabbitMQ: exchanges, queues and bindings, with their arguments."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from msgspec import Struct

from chassis.application.topology import EVENTS, OWN, Binding, Exchange, Queue, TopologyRow

# A quorum queue of RabbitMQ 4 drops a message after 20 deliveries by default.
KEPT_FOR_EVER = {"x-queue-type": "quorum", "x-delivery-limit": -1}
# One consumer at a time; another one takes over when it goes.
SINGLE_ACTIVE = {"x-single-active-consumer": True}

type Kind = Literal[
    "topic exchange",
    "fanout exchange",
    "direct exchange",
    "headers exchange",
    "x-consistent-hash exchange",
    "queue",
    "binding",
]

_KINDS: Mapping[str, Kind] = {
    "direct": "direct exchange",
    "fanout": "fanout exchange",
    "topic": "topic exchange",
    "headers": "headers exchange",
}


class Row(Struct, frozen=True):
    """One thing to declare; a `shared` one belongs to other services too.

    A binding's `name` is its key. Its arguments are the `exchange`, the `queue` or the other
    exchange (`to`) that it joins, and the headers to compare.
    """

    kind: Kind
    name: str
    arguments: Mapping[str, Any]
    shared: bool = False

    @property
    def details(self) -> str:
        """The arguments, for people."""
        return ", ".join(f"{name}={value}" for name, value in self.arguments.items())


def own_rows(
    table: Sequence[TopologyRow], events: str, own: Mapping[str, str], *, consumes: bool
) -> list[Row]:
    """Return the rows of a service's own table: those of its queue, or all others.

    `events` is the exchange of the events, and `own` the target of a binding to its queue.
    """
    rows = []
    for row in table:
        if consumes == (isinstance(row, Binding) and row.queue == OWN):
            rows.append(_row(row, events, own))
    # Bindings last: they need the others.
    return sorted(rows, key=lambda row: row.kind == "binding")


def _row(row: TopologyRow, events: str, own: Mapping[str, str]) -> Row:
    match row:
        case Exchange(kind="consistent-hash"):
            hashes = {"hash-header": row.hashes} if row.hashes else {}
            return Row("x-consistent-hash exchange", row.name, hashes, row.shared)
        case Exchange(kind=kind):
            return Row(_KINDS[kind], row.name, {}, row.shared)
        case Queue(kind="stream"):
            return Row("queue", row.name, {"x-queue-type": "stream", "x-max-age": row.max_age})
        case Queue():
            bounds = {"x-max-length": row.limit, "x-overflow": "reject-publish"}
            active = SINGLE_ACTIVE if row.single_active else {}
            return Row("queue", row.name, KEPT_FOR_EVER | bounds | active)
        case Binding():
            joined: dict[str, Any] = {"exchange": events if row.source == EVENTS else row.source}
            if row.exchange is not None:
                joined["to"] = row.exchange
            elif row.queue == OWN:
                joined |= own
            else:
                joined["queue"] = row.queue
            headers = {"x-match": row.match, **row.headers} if row.headers else {}
            return Row("binding", row.key, joined | headers)
