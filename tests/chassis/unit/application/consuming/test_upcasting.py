"""From an older version to the newest, and the tables that do not lead there."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from msgspec import Raw

from chassis.application.consuming.projection import Projection
from chassis.application.consuming.upcasting import BrokenChain, UnknownType, Upcaster, Upcasting
from chassis.application.event import Event
from chassis.application.ports.codec import Undecodable
from chassis.domain.ids import new_id
from chassis.infrastructure.clock import system_clock
from tests.unit.support import RecordingMetrics

MENDED = "add the upcasters between them"


def handler() -> Projection[object]:
    """Make nothing; one function tells its line of the table from another's."""
    raise AssertionError("upcasting makes no projection")


def other() -> Projection[object]:
    """Be another one."""
    return handler()


def event(kind: str, data: bytes = b"[]") -> Event:
    """Return an event with all that an event may have."""
    now = system_clock()
    return Event(
        id=new_id(now),
        type=kind,
        subject="ada",
        time=now,
        key=("notification", "greeted"),
        data=Raw(data),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        request_id="r-1",
    )


def adding(item: object) -> Upcaster:
    """Return an upcaster that adds to a list."""
    return lambda data: [*data, item]


def upcasting(
    handled: Sequence[str], *tables: Mapping[str, Upcaster], metrics: RecordingMetrics | None = None
) -> Upcasting:
    """Return upcasting to what handlers of these types take."""
    return Upcasting(dict.fromkeys(handled, handler), tables, metrics or RecordingMetrics())


def test_upcasters_are_chained_over_the_tables() -> None:
    chain = upcasting(["a.v4"], {"a.v1": adding(2), "a.v3": adding(4)}, {"a.v2": adding(3)})

    for kind, made in (("a.v1", [2, 3, 4]), ("a.v2", [3, 4]), ("a.v3", [4])):
        found = chain.upcast(event(kind))
        assert (found.type, json.loads(bytes(found.data))) == ("a.v4", made)


def test_all_but_type_and_data_stays() -> None:
    old = event("a.v1", b'{"id": 1}')

    new = upcasting(["a.v2"], {"a.v1": lambda data: data | {"more": 2}}).upcast(old)

    for field in ("id", "subject", "time", "key", "traceparent", "request_id"):
        assert getattr(new, field) == getattr(old, field)
    assert json.loads(bytes(new.data)) == {"id": 1, "more": 2}


def test_a_handler_is_given_the_newest_version_wherever_it_stands() -> None:
    table = {"a.v1": adding(2), "a.v2": adding(3)}

    for stands in ("a.v1", "a.v2", "a.v3"):
        handlers = upcasting([stands, "b", "c.v1"], table).handlers
        assert handlers == dict.fromkeys(["a.v3", "b", "c.v1"], handler)


def test_without_upcasters_the_handlers_are_as_they_were() -> None:
    # Versions that nothing leads between may have a handler each.
    given = {"a.v1": handler, "a.v2": other, "b": handler}

    assert Upcasting(given, [], RecordingMetrics()).handlers == given


def test_each_older_version_is_counted_from_the_start() -> None:
    metrics = RecordingMetrics()
    chain = upcasting(["a.v3"], {"a.v1": adding(2), "a.v2": adding(3)}, metrics=metrics)
    assert metrics.zeros == {"events_upcast:a.v1", "events_upcast:a.v2"}

    chain.upcast(event("a.v1"))

    assert metrics.counters == {"events_upcast:a.v1": 1}


@pytest.mark.parametrize(
    ("kind", "advice"),
    (
        ("b", "b: update this service, then dead-letters replay; or purge"),
        ("b.v1", "b.v1: update this service, then dead-letters replay; or purge"),
        ("a.v4", "a.v4: update this service, then dead-letters replay; it knows v3"),
        ("a.v10", "a.v10: update this service, then dead-letters replay; it knows v3"),
        ("a.v1", "a.v1: add its upcaster, then dead-letters replay; this service knows v3"),
    ),
)
def test_an_unknown_type_is_told_with_what_to_do(kind: str, advice: str) -> None:
    for handled in (["a.v2"], ["a.v1.v9", "a.v2"]):
        with pytest.raises(UnknownType) as caught:
            upcasting(handled, {"a.v2": adding(3)}).upcast(event(kind))
        assert str(caught.value) == advice


def test_of_two_versions_that_are_handled_the_newer_one_is_known() -> None:
    for handled in (["a.v2", "a.v10"], ["a.v10", "a.v2"]):
        with pytest.raises(UnknownType, match=r"update this service.*it knows v10"):
            upcasting(handled).upcast(event("a.v11"))


def refuse(_: Any) -> Any:
    raise RuntimeError("no such customer")


@pytest.mark.parametrize(
    ("upcaster", "data", "reason"),
    (
        (refuse, b"[]", "RuntimeError: no such customer"),
        (lambda data: data["old"], b"{}", "KeyError: 'old'"),
        (lambda _: object(), b"[]", "TypeError: Encoding objects of type object"),
        (lambda data: data, b'["\xff"]', "UnicodeDecodeError: "),
        (lambda data: data, b"[", "DecodeError: "),
        (lambda data: data, b"[" * 100_000 + b"]" * 100_000, "RecursionError: "),
    ),
    ids=range(6),
)
def test_what_an_upcaster_cannot_take_is_undecodable(
    upcaster: Upcaster, data: bytes, reason: str
) -> None:
    metrics = RecordingMetrics()
    chain = upcasting(["a.v2"], {"a.v1": upcaster}, metrics=metrics)

    with pytest.raises(Undecodable) as caught:
        chain.upcast(event("a.v1", data))

    assert str(caught.value).startswith(f"a.v1 cannot become a.v2: {reason}")
    assert metrics.counters == {}


@pytest.mark.parametrize(
    ("handled", "tables", "told"),
    (
        (["a.v2"], [{"a.v1": adding(2)}, {"a.v1": adding(2)}], "a.v1 has two upcasters: leave one"),
        (
            ["a.v2"],
            [{"a": adding(2)}],
            "the upcaster of a names no version: write a.v1",
        ),
        (
            ["a.v4"],
            [{"a.v1": adding(2), "a.v3": adding(4)}],
            f"the upcaster of a.v1 leads to a.v2, but the handler takes a.v4: {MENDED}",
        ),
        (
            ["a.v1"],
            [{"a.v1": adding(2), "a.v3": adding(4)}],
            f"the upcaster of a.v3 leads to a.v4, but the handler takes a.v2: {MENDED}",
        ),
        (
            ["a.v1"],
            [{"b.v1": adding(2)}],
            "the upcaster of b.v1 leads to b.v2, but nothing handles b: correct the name, or add a "
            "handler",
        ),
        (
            ["a.v1", "a.v2"],
            [{"a.v1": adding(2)}],
            "a.v1 and a.v2 both have a handler, but become a.v2: leave one",
        ),
    ),
    ids=("two", "no version", "gap before", "gap behind", "no handler", "two handlers"),
)
def test_a_broken_chain_is_told(
    handled: Sequence[str], tables: Sequence[Mapping[str, Upcaster]], told: str
) -> None:
    with pytest.raises(BrokenChain) as caught:
        upcasting(handled, *tables)

    assert str(caught.value) == told
