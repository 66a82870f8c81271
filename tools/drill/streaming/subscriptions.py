"""The subscribers: each kind of filter, over each transport that has it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tools.drill.over.tcp import TcpCaller
from tools.drill.streaming.accepted import NOTIFICATION, PLACED, SHIPPED, SUBJECTS, TAGS, Accepted
from tools.drill.streaming.grpc import notifications_over_grpc, orders_over_grpc
from tools.drill.streaming.http import over_http
from tools.drill.streaming.jsonrpc import over_jsonrpc
from tools.drill.streaming.stream import Stream

TYPES = {name: f"{name}.v1" for name in (PLACED, SHIPPED)} | {
    NOTIFICATION: "notification.registered.v1"
}
ALL = frozenset(TYPES)
OWN = frozenset({NOTIFICATION})
ORDERS = frozenset({PLACED, SHIPPED})
ONE = frozenset({PLACED})
TWO = frozenset({NOTIFICATION, SHIPPED})
ADA, TAG = SUBJECTS[0], TAGS[0]

GRPC = {"notifications": notifications_over_grpc, "orders": orders_over_grpc}


@dataclass(frozen=True)
class Filter:
    """The filter of a subscriber; `None` is anything."""

    events: frozenset[str] = ALL
    subject: str | None = None
    tag: str | None = None

    def takes(self, event: Accepted) -> bool:
        """Return whether the event is one that the subscriber must get."""
        return (
            event.told.event in self.events
            and self.subject in (None, event.subject)
            and self.tag in (None, event.tag)
        )


@dataclass(frozen=True)
class Subscription:
    """A stream with a filter, and its name in the verdict."""

    name: str
    filter: Filter
    stream: Stream


def subscriptions(ports: Mapping[str, int], project: Path) -> Iterator[Subscription]:
    """Yield one of each kind, to a replica that listens on these ports."""
    yield from _of_http(ports["http"])
    yield from _of_tcp(ports["tcp"])
    yield from _of_grpc(ports["grpc"], project)


def _of_http(port: int) -> Iterator[Subscription]:
    def one(wanted: Filter, **query: str) -> Subscription:
        return Subscription(_name("http /stream", query), wanted, over_http(port, query))

    yield one(Filter())
    yield one(Filter(ONE), type=TYPES[PLACED])
    yield one(Filter(TWO), type=f"{TYPES[NOTIFICATION]},{TYPES[SHIPPED]}")
    for subject in SUBJECTS:
        yield one(Filter(subject=subject), subject=subject)
    yield one(Filter(ONE, ADA), type=TYPES[PLACED], subject=ADA)
    yield one(Filter(OWN, ADA), receiver=ADA)
    yield one(Filter(OWN, ADA, TAG), receiver=ADA, action_type=TAG)
    yield one(Filter(ORDERS, ADA), customer=ADA)
    yield one(Filter(ONE, tag=TAG), product=TAG)


def _of_tcp(port: int) -> Iterator[Subscription]:
    def one(wanted: Filter, aggregate: str, **params: object) -> Subscription:
        name = _name(f"tcp {aggregate}.subscribe", params)
        return Subscription(name, wanted, over_jsonrpc(TcpCaller(port), aggregate, params))

    yield one(Filter(), "events")
    yield one(Filter(ONE), "events", type=[TYPES[PLACED]])
    yield one(Filter(TWO), "events", type=[TYPES[NOTIFICATION], TYPES[SHIPPED]])
    for subject in SUBJECTS:
        yield one(Filter(subject=subject), "events", subject=subject)
    yield one(Filter(OWN, ADA, TAG), "notifications", receiver=ADA, action_type=TAG)
    yield one(Filter(ORDERS, ADA), "orders", customer=ADA)


def _of_grpc(port: int, project: Path) -> Iterator[Subscription]:
    def one(wanted: Filter, aggregate: str, **fields: str) -> Subscription:
        stream = GRPC[aggregate](port, project, fields)
        return Subscription(_name(f"grpc {aggregate} Subscribe", fields), wanted, stream)

    yield one(Filter(OWN), "notifications")
    yield one(Filter(OWN, ADA, TAG), "notifications", receiver=ADA, action_type=TAG)
    yield one(Filter(ORDERS), "orders")
    yield one(Filter(ORDERS, ADA), "orders", customer=ADA)


def _name(stream: str, asked: Mapping[str, object]) -> str:
    return " ".join([stream, *(f"{name}={value}" for name, value in asked.items())])
