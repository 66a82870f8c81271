"""The bindings of a topology: the messages that they take, and the rows that do not fit."""

from collections.abc import Mapping
from typing import Literal

import pytest

from chassis.application.topology import OWN, Binding, Exchange, Queue, TopologyRow, check_topology

SHARDS = Exchange(name="shards", kind="consistent-hash")


@pytest.mark.parametrize(
    ("match", "headers", "expected"),
    (
        ("all", {"a": "1", "b": "2", "c": "3"}, True),
        ("all", {"a": "1", "b": "9"}, False),
        ("all", {"a": "1"}, False),
        ("any", {"a": "1", "b": "9"}, True),
        ("any", {"a": "9", "c": "1"}, False),
        ("any", {}, False),
    ),
)
def test_a_headers_exchange_compares_all_of_them_or_any(
    match: Literal["all", "any"], headers: Mapping[str, str], expected: bool
) -> None:
    binding = Binding(queue=OWN, headers={"a": "1", "b": "2"}, match=match)

    assert binding.matches(headers) is expected


def test_all_headers_are_compared_unless_a_row_says_any() -> None:
    assert not Binding(queue=OWN, headers={"a": "1", "b": "2"}).matches({"a": "1"})


@pytest.mark.parametrize("key", ("", "0", "-1", "1.5", "x", "²"))
def test_a_weight_is_a_whole_number_above_zero(key: str) -> None:
    told = "a binding of the consistent-hash exchange shards needs a weight as its key, such as '1'"
    with pytest.raises(ValueError, match=f"^{told}$"):
        check_topology([SHARDS, Binding(source="shards", queue=OWN, key=key)])


@pytest.mark.parametrize("key", ("1", "20"))
def test_a_weight_that_fits_passes(key: str) -> None:
    check_topology([SHARDS, Binding(source="shards", queue=OWN, key=key)])


@pytest.mark.parametrize(("name", "is_named"), (("x" * 200, True), ("x" * 201, False), ("", False)))
def test_a_name_has_1_to_200_bytes(name: str, is_named: bool) -> None:
    rows: list[list[TopologyRow]] = [
        [Exchange(name=name, kind="topic")],
        [Queue(name=name)],
    ]
    for kind, row in zip(("exchange", "queue"), rows, strict=True):
        if is_named:
            check_topology(row)
            continue
        told = f"^each {kind} of the topology needs a name of 1 to 200 bytes$"
        with pytest.raises(ValueError, match=told):
            check_topology(row)


def test_a_name_with_a_control_character_is_refused() -> None:
    with pytest.raises(ValueError, match="needs a name"):
        check_topology([Queue(name="a\nb")])


@pytest.mark.parametrize(
    ("rows", "told"),
    (
        (
            [Queue(name="a"), Queue(name="a")],
            "two rows of the topology are the queue a: rename one",
        ),
        (
            [Binding(source="nowhere", queue=OWN)],
            "a binding names the exchange nowhere, which has no row: add one to the topology",
        ),
        (
            [Binding(queue="nothing")],
            "a binding names the queue nothing, which has no row: add one to the topology",
        ),
        (
            [Binding(exchange="")],
            "a binding leads to the exchange of all events: it would be a loop",
        ),
    ),
)
def test_a_row_that_does_not_fit_is_told_what_to_do(rows: list[TopologyRow], told: str) -> None:
    with pytest.raises(ValueError, match=f"^{told}$"):
        check_topology(rows)


def test_a_binding_without_one_target_is_told_so() -> None:
    with pytest.raises(ValueError, match=r"^a binding needs a queue or an exchange, and not both$"):
        Binding()


def test_an_exchange_and_a_queue_may_have_one_name() -> None:
    check_topology([Exchange(name="audit", kind="topic"), Queue(name="audit")])
