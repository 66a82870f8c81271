import pytest

from app.application import tail
from app.application.notification.mapping import to_message
from app.application.notification.messages import StreamItem, Subscribe
from app.application.tail import Tail, TailEntry
from tests.unit.support import make_notification


def entry(position: int) -> TailEntry:
    data = to_message(make_notification(receiver="ada", action_type="greeted"))
    return TailEntry(position, StreamItem(event="notification", cursor="e.1", data=data))


def positions(entries: list[TailEntry]) -> list[int]:
    return [entry.position for entry in entries]


def test_it_begins_empty_where_it_is_told() -> None:
    made = Tail()
    made.start(7)

    assert (made.floor, made.head, made.after(7)) == (7, 7, [])


def test_it_has_what_came_after_a_position() -> None:
    made = Tail()
    made.start(1)
    made.extend([entry(3), entry(4)])
    made.extend([entry(8)])

    assert (made.floor, made.head) == (1, 8)
    assert [positions(made.after(position)) for position in (1, 3, 5, 8)] == [
        [3, 4, 8],
        [4, 8],
        [8],
        [],
    ]


def test_it_lets_go_of_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "SIZE", 2)
    made = Tail()
    for position in range(10, 60, 10):
        made.extend([entry(position)])
        assert all(found > made.floor for found in positions(made.after(made.floor)))

    assert (made.floor, made.head) == (30, 50)
    assert positions(made.after(made.floor)) == [40, 50]


@pytest.mark.parametrize(
    ("subscribe", "matches"),
    (
        (Subscribe(), True),
        (Subscribe(receiver="ada"), True),
        (Subscribe(receiver="bob"), False),
        (Subscribe(action_type="greeted"), True),
        (Subscribe(action_type="paid"), False),
        (Subscribe(receiver="ada", action_type="greeted"), True),
        (Subscribe(receiver="ada", action_type="paid"), False),
    ),
)
def test_an_entry_matches_by_both_labels(subscribe: Subscribe, matches: bool) -> None:
    assert entry(1).matches(subscribe) is matches
