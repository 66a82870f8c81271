"""The metrics of a transport: the same for each of them, told apart by a label."""

from collections.abc import Callable
from typing import Literal

from chassis.application.access.limiting import LIMITED
from chassis.application.ports.metrics import Counter, Gauge, Histogram, Metrics

# The fault's owner: none, the caller, a limit or an outage, the service.
type Outcome = Literal["ok", "refused", "busy", "failed"]

OUTCOMES: tuple[Outcome, ...] = ("ok", "refused", "busy", "failed")
# Why a connection was refused: too many of them, or of one address; not usable in time.
type Reason = Literal["connections", "address", "handshake"]

REASONS: tuple[Reason, ...] = ("connections", "address", "handshake")

SECONDS = Histogram(
    "request_duration_seconds",
    "From a request's arrival to its answer; streams are left out.",
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    labels=("transport", "outcome"),
)
CONNECTIONS = Gauge("connections_open", "Connections of callers.", ("transport",))
IN_FLIGHT = Gauge("requests_in_flight", "Requests that are being answered.", ("transport",))
REFUSED = Counter(
    "connections_refused", "Connections that were closed unused.", ("transport", "reason")
)


class Meter:
    """Measures one transport."""

    def __init__(self, metrics: Metrics, transport: str) -> None:
        self._metrics = metrics
        self._transport = transport
        for reason in REASONS:
            metrics.count(REFUSED, transport, reason, amount=0)
        for outcome in OUTCOMES:
            metrics.expect(SECONDS, transport, outcome)
        # Counted behind all transports, where none of them is known beforehand.
        metrics.count(LIMITED, transport, amount=0)

    def request(self, outcome: Outcome, seconds: float) -> None:
        """A request was answered."""
        self._metrics.observe(SECONDS, seconds, self._transport, outcome)

    def refuse(self, reason: Reason) -> None:
        """A connection was refused."""
        self._metrics.count(REFUSED, self._transport, reason)

    def watch(self, connections: Callable[[], float], in_flight: Callable[[], float]) -> None:
        """Let these return the numbers, at each scrape."""
        self._metrics.watch(CONNECTIONS, connections, self._transport)
        self.watch_calls(in_flight)

    def watch_calls(self, in_flight: Callable[[], float]) -> None:
        """The same for a transport that cannot count its connections."""
        self._metrics.watch(IN_FLIGHT, in_flight, self._transport)
