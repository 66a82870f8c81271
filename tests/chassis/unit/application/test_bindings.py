from datetime import UTC, datetime

import pytest
from msgspec import Raw

from chassis.application.bindings import binding_for, binding_of, bindings_of, routing_key
from chassis.application.event import Event
from chassis.domain.ids import new_id

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def event(kind: str, *key: str) -> Event:
    return Event(id=new_id(NOW), type=kind, subject="ada", time=NOW, key=key, data=Raw(b"{}"))


@pytest.mark.parametrize(
    ("key", "written"),
    (
        ((), "order"),
        (("order",), "order"),
        (("order", "placed", "a.b"), "order.placed.a%2Eb"),
    ),
)
def test_a_key_is_its_parts_and_begins_with_the_aggregate(
    key: tuple[str, ...], written: str
) -> None:
    assert routing_key(event("order.placed.v1", *key)) == written


def test_a_key_of_another_aggregate_is_an_error_that_names_both() -> None:
    with pytest.raises(ValueError, match=r"order\.placed\.v1 must begin with 'order'.*'orders'"):
        routing_key(event("order.placed.v1", "orders", "placed"))


@pytest.mark.parametrize(
    ("kind", "binding"),
    (
        ("order.placed.v1", "order.#"),
        ("order", "order.#"),
        ("line item.added.v1", "line%20item.#"),
    ),
)
def test_a_type_is_taken_by_its_aggregates_binding(kind: str, binding: str) -> None:
    assert binding_of(kind) == binding
    assert binding_for(routing_key(event(kind))) == binding


def test_bindings_follow_from_what_is_handled_and_what_leads_to_it() -> None:
    events = ["order.placed.v2", "notification.registered.v1", "order.cancelled.v1"]
    upcasters: list[dict[str, object]] = [{"order.placed.v1": None}, {"invoice.sent.v1": None}]

    assert bindings_of(events, upcasters) == ["order.#", "notification.#", "invoice.#"]
    assert bindings_of([], []) == []
