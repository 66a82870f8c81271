"""Bindings: an event's routing key begins with its aggregate, as the event's type does.

The handled event types therefore determine a queue's bindings.
"""

from collections.abc import Iterable, Mapping

from chassis.application.event import Event
from chassis.domain.routing import encode_label


def routing_key(event: Event) -> str:
    """Return the routing key that the event is published with: its parts, each percent-encoded.

    Without parts it is the aggregate's name alone. Raises `ValueError` if the first part is not
    that name: no binding would match the event.
    """
    aggregate = _aggregate(event.type)
    key = event.key or (aggregate,)
    if key[0] != aggregate:
        raise ValueError(
            f"the key of {event.type} must begin with {aggregate!r}, which queues are bound by; "
            f"it begins with {key[0]!r}"
        )
    return ".".join(map(encode_label, key))


def binding_of(kind: str) -> str:
    """Return the binding for every event of this type: `order.#` for `order.placed.v1`."""
    return f"{encode_label(_aggregate(kind))}.#"


def binding_for(key: str) -> str:
    """Return the binding for every event of the aggregate that a routing key begins with."""
    return f"{_aggregate(key)}.#"


def bindings_of(events: Iterable[str], upcasters: Iterable[Mapping[str, object]]) -> list[str]:
    """Return the bindings for the handled event types, and for the versions that lead to them."""
    kinds = [*events, *(kind for table in upcasters for kind in table)]
    return list(dict.fromkeys(binding_of(kind) for kind in kinds))


def _aggregate(dotted: str) -> str:
    return dotted.partition(".")[0]
