from collections.abc import Sequence
from typing import Any

import pytest

from app.application.following import tail
from app.application.following.entry import ReadyEntry
from app.application.following.tail import Tail
from app.application.notification.messages import Subscribe
from app.application.ports.journal import Entry
from tests.unit.support import make_notification

ALL = Subscribe()
MANY = 100


def entry(position: int, **fields: Any) -> ReadyEntry:
    return ReadyEntry("e", Entry(position, make_notification(**fields)))


def positions(entries: Sequence[ReadyEntry]) -> list[int]:
    return [entry.position for entry in entries]


def found(made: Tail, position: int, subscribe: Subscribe = ALL, limit: int = MANY) -> list[int]:
    return positions(made.after(position, subscribe, limit)[0])


def filled(*given: int, after: int = 0) -> Tail:
    made = Tail()
    made.start(after)
    for position in given:
        made.extend([entry(position)])
    return made


def test_it_begins_empty_where_it_is_told() -> None:
    made = filled(3)
    made.start(7)

    assert (made.floor, made.head, made.weight, len(made)) == (7, 7, 0, 0)
    assert made.after(7, ALL, MANY) == ([], 7)
    assert found(made, 7, Subscribe(receiver="ada")) == []


def test_it_has_what_came_after_a_position() -> None:
    made = filled(3, 4, 8, after=1)

    assert (made.floor, made.head) == (1, 8)
    assert [found(made, position) for position in (1, 3, 5, 8)] == [[3, 4, 8], [4, 8], [8], []]


def test_it_tells_up_to_where_that_is_all() -> None:
    made = filled(3, 4, 8)
    made.extend([entry(9, receiver="eve")])

    assert made.after(0, ALL, 2)[1] == 4
    assert made.after(4, ALL, 3)[1] == 9
    assert made.after(0, Subscribe(receiver="ada"), MANY)[1] == 9
    # Of a position that another replica has given out.
    assert made.after(12, ALL, MANY) == ([], 12)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    (
        ({}, [1, 2, 3, 4]),
        ({"receiver": "ada"}, [1, 2, 4]),
        ({"receiver": "nobody"}, []),
        ({"action_type": "b"}, [2, 3, 4]),
        ({"receiver": "ada", "action_type": "b"}, [2, 4]),
    ),
)
def test_it_narrows_by_both_labels(wanted: dict[str, str], expected: list[int]) -> None:
    made = Tail()
    labels = (("ada", "a"), ("ada", "b"), ("eve", "b"), ("ada", "b"))
    made.extend(
        [
            entry(position, receiver=receiver, action_type=action_type)
            for position, (receiver, action_type) in enumerate(labels, 1)
        ]
    )
    subscribe = Subscribe(**wanted)

    assert found(made, 0, subscribe) == expected
    for limit in (1, 2):
        some, position = made.after(0, subscribe, limit)
        assert positions(some) + found(made, position, subscribe) == expected


def test_it_lets_go_of_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "SIZE", 2)
    made = Tail()
    for position in range(10, 60, 10):
        made.extend([entry(position, receiver=f"r{position % 20}")])

    assert (made.floor, made.head, len(made)) == (30, 50, 2)
    # Looked for from the start, to see what is held at all.
    assert found(made, 0) == [40, 50]
    assert found(made, 0, Subscribe(receiver="r0")) == [40]
    assert found(made, 0, Subscribe(receiver="r10")) == [50]


def test_it_weighs_no_more_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "WEIGHT", 3 * entry(1).weight)
    made = filled(1, 2, 3, 4, 5)

    assert (made.floor, len(made), made.weight) == (2, 3, 3 * entry(1).weight)
    # What has just come is kept: those who are to get it have not been there yet.
    made.extend([entry(position) for position in range(6, 16)])
    assert (made.floor, len(made), made.weight) == (5, 10, 10 * entry(1).weight)
    made.extend([entry(16)])
    assert (made.floor, len(made)) == (13, 3)


def test_what_is_taken_at_a_time_is_light(monkeypatch: pytest.MonkeyPatch) -> None:
    made = filled(*range(1, 6))
    monkeypatch.setattr(tail, "LOT_WEIGHT", 2 * entry(1).weight)

    assert found(made, 0) == [1, 2]
    assert made.after(0, ALL, MANY)[1] == 2
    assert made.after(4, ALL, MANY)[1] == 5
    monkeypatch.setattr(tail, "LOT_WEIGHT", 1)
    assert found(made, 2) == [3]


def test_entries_of_others_in_between_do_not_count_for_a_lot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = filled(1)
    made.extend([entry(2, receiver="eve"), entry(3, receiver="eve"), entry(4)])
    monkeypatch.setattr(tail, "LOT_WEIGHT", 2 * entry(1).weight)

    assert found(made, 0, Subscribe(receiver="ada")) == [1, 4]
    assert found(made, 0) == [1, 2]
