"""The ways of a message through the exchanges of a topology, as RabbitMQ would route it."""

from collections.abc import Iterable, Mapping, Sequence
from zlib import crc32

from chassis.application.topology import (
    EVENTS,
    OWN,
    SUBJECT,
    TYPE,
    Binding,
    Exchange,
    TopologyRow,
)
from chassis.infrastructure.memory.bindings import Bindings
from chassis.infrastructure.wire.cloudevents import routed_by


class Routes:
    """Tells which messages reach the service's own queue; no other queue has a reader here.

    `bindings` are those of that queue to the exchange of the events. The rows of `table` are the
    service's own ones.
    """

    def __init__(self, bindings: Iterable[str], table: Sequence[TopologyRow] = ()) -> None:
        self._bindings = Bindings(bindings)
        self._exchanges = {row.name: row for row in table if isinstance(row, Exchange)}
        self._exchanges[EVENTS] = Exchange(name=EVENTS, kind="topic")
        found = [row for row in table if isinstance(row, Binding)]
        self._rows = {
            name: [row for row in found if row.source == name] for name in self._exchanges
        }
        self._has_ways = any(row.queue == OWN for row in found)

    def take(self, key: str, body: bytes) -> bool:
        """Return whether a message with this routing key reaches the queue."""
        if self._bindings.take(key):
            return True
        if not self._has_ways:
            return False
        headers = dict(zip((TYPE, SUBJECT), routed_by(body), strict=True))
        return self._leads(EVENTS, key, headers, frozenset())

    def _leads(self, name: str, key: str, headers: Mapping[str, str], seen: frozenset[str]) -> bool:
        """Return whether a way leads from that exchange to the queue."""
        if name in seen:
            return False
        return any(
            row.queue == OWN
            or (row.exchange is not None and self._leads(row.exchange, key, headers, seen | {name}))
            for row in self._followed(self._exchanges[name], key, headers)
        )

    def _followed(
        self, exchange: Exchange, key: str, headers: Mapping[str, str]
    ) -> Sequence[Binding]:
        """Return the bindings that the exchange follows for this message."""
        rows = self._rows[exchange.name]
        match exchange.kind:
            case "fanout":
                return rows
            case "direct":
                return [row for row in rows if row.key == key]
            case "topic":
                return [row for row in rows if Bindings([row.key]).take(key)]
            case "headers":
                return [row for row in rows if row.matches(headers)]
            case "consistent-hash":
                weighted = [row for row in rows for _ in range(int(row.key))]
                value = headers.get(exchange.hashes, "") if exchange.hashes else key
                return [weighted[crc32(value.encode()) % len(weighted)]] if weighted else []
