from collections.abc import Sequence
from typing import Any

import pytest

from chassis.application.ports.journal import ANY, Filter
from chassis.application.streaming import recent_entries
from chassis.application.streaming.encoded_entry import EncodedEntry
from chassis.application.streaming.recent_entries import RecentEntries
from tests.chassis.unit.application.streaming.entries import streamed_entry, streamed_event
from tests.chassis.unit.events import ORDER, make_event

MANY = 100


def positions(entries: Sequence[EncodedEntry]) -> list[int]:
    return [entry.position for entry in entries]


def found(
    made: RecentEntries, position: int, matching: Filter = ANY, limit: int = MANY
) -> list[int]:
    return positions(made.after(position, matching, limit)[0])


def filled(*given: int, after: int = 0) -> RecentEntries:
    made = RecentEntries()
    made.start(after)
    for position in given:
        made.extend([streamed_entry(position)], position)
    return made


def test_it_begins_empty_where_it_is_told() -> None:
    made = filled(3)
    made.start(7)

    assert (made.floor, made.head, made.weight, len(made)) == (7, 7, 0, 0)
    assert made.after(7, ANY, MANY) == ([], 7)
    assert found(made, 7, Filter(subject="ada")) == []


def test_it_has_what_came_after_a_position() -> None:
    made = filled(3, 4, 8, after=1)

    assert (made.floor, made.head) == (1, 8)
    assert [found(made, position) for position in (1, 3, 5, 8)] == [[3, 4, 8], [4, 8], [8], []]


def test_it_tells_up_to_where_that_is_all() -> None:
    made = filled(3, 4, 8)
    made.extend([streamed_entry(9, receiver="eve")], 9)

    assert made.after(0, ANY, 2)[1] == 4
    assert made.after(4, ANY, 3)[1] == 9
    assert made.after(0, Filter(subject="ada"), MANY)[1] == 9
    # A position that another replica has issued.
    assert made.after(12, ANY, MANY) == ([], 12)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    (
        ({}, [1, 2, 3, 4]),
        ({"subject": "ada"}, [1, 2, 4]),
        ({"subject": "nobody"}, []),
        ({"tag": "b"}, [2, 3, 4]),
        ({"subject": "ada", "tag": "b"}, [2, 4]),
    ),
)
def test_it_narrows_by_both_labels(wanted: dict[str, Any], expected: list[int]) -> None:
    made = RecentEntries()
    labels = (("ada", "a"), ("ada", "b"), ("eve", "b"), ("ada", "b"))
    made.extend(
        [
            streamed_entry(position, receiver=receiver, action_type=action_type)
            for position, (receiver, action_type) in enumerate(labels, 1)
        ],
        len(labels),
    )
    matching = Filter(**wanted)

    assert found(made, 0, matching) == expected
    for limit in (1, 2):
        some, position = made.after(0, matching, limit)
        assert positions(some) + found(made, position, matching) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    (
        (Filter(frozenset({ORDER})), [2, 3]),
        (Filter(frozenset({ORDER, "other.v1"})), [2, 3, 4]),
        (Filter(frozenset({"other.v1"}), subject="ada"), []),
        (Filter(frozenset({ORDER}), subject="ada"), [2]),
        (Filter(frozenset({ORDER}), subject="eve", tag="x"), [3]),
        (Filter(frozenset({ORDER}), tag="y"), []),
        (Filter(frozenset({"none.v1"})), []),
    ),
)
def test_it_narrows_by_types(wanted: Filter, expected: list[int]) -> None:
    made = filled(1)
    made.extend(
        [
            streamed_event(2, make_event(ORDER, "ada")),
            streamed_event(3, make_event(ORDER, "eve"), "x"),
            streamed_event(4, make_event("other.v1", "eve"), "y"),
        ],
        4,
    )

    assert found(made, 0, wanted) == expected
    some, position = made.after(0, wanted, 1)
    assert positions(some) + found(made, position, wanted) == expected


def test_the_head_moves_on_past_what_is_not_streamed() -> None:
    made = filled(3)
    made.extend([], 9)

    assert (made.floor, made.head, len(made)) == (0, 9, 1)
    assert made.after(3, ANY, MANY) == ([], 9)


def test_it_lets_go_of_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 2)
    made = RecentEntries()
    for position in range(10, 60, 10):
        made.extend([streamed_entry(position, receiver=f"r{position % 20}")], position)

    assert (made.floor, made.head, len(made)) == (30, 50, 2)
    # Looked for from the start, to see what is held at all.
    assert found(made, 0) == [40, 50]
    assert found(made, 0, Filter(subject="r0")) == [40]
    assert found(made, 0, Filter(subject="r10")) == [50]


def test_it_weighs_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_entries, "WEIGHT", 3 * streamed_entry(1).weight)
    made = filled(1, 2, 3, 4, 5)

    assert (made.floor, len(made), made.weight) == (2, 3, 3 * streamed_entry(1).weight)
    # The newest entry is kept: its subscribers have not read it yet.
    made.extend([streamed_entry(position) for position in range(6, 16)], 15)
    assert (made.floor, len(made), made.weight) == (5, 10, 10 * streamed_entry(1).weight)
    made.extend([streamed_entry(16)], 16)
    assert (made.floor, len(made)) == (13, 3)


def test_what_is_taken_at_a_time_is_light(monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(*range(1, 6))
    monkeypatch.setattr(recent_entries, "PAGE_WEIGHT", 2 * streamed_entry(1).weight)

    assert found(made, 0) == [1, 2]
    assert made.after(0, ANY, MANY)[1] == 2
    assert made.after(4, ANY, MANY)[1] == 5
    monkeypatch.setattr(recent_entries, "PAGE_WEIGHT", 1)
    assert found(made, 2) == [3]


def test_entries_of_others_in_between_do_not_count_for_a_lot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = filled(1)
    made.extend(
        [streamed_entry(2, receiver="eve"), streamed_entry(3, receiver="eve"), streamed_entry(4)], 4
    )
    monkeypatch.setattr(recent_entries, "PAGE_WEIGHT", 2 * streamed_entry(1).weight)

    assert found(made, 0, Filter(subject="ada")) == [1, 4]
    assert found(made, 0) == [1, 2]
