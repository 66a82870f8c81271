"""Each finding, made by hand: a history and stores in which all is well, and one thing is not."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checker import Checked, check
from tests.chaos.history import Event
from tests.chaos.report import DOUBLED, LOST, Line, by_kind, overall, windows
from tests.chaos.stores import Entry, Letter, Row, Stores

History = list[Event]
Spoil = Callable[[History, Stores], Stores | None]


def event(what: str, at: float, **fields: Any) -> Event:
    return {"at": at, "event": what, **fields}


def history() -> History:
    """A batch that is accepted twice, one that is doubtful, one refused; a fault; a subscriber."""
    return [
        event("follows", 0, by="all", after=0),
        event("follows", 0, by="some", after=0, receiver="ada"),
        event("sent", 1, key="k", size=2, wrong=False),
        event("step", 1, number=1, kinds=["rabbitmq killed", "redis frozen"]),
        event("unanswered", 2, key="k"),
        event("accepted", 3, key="k", ids=["a", "b"]),
        event("seen", 3, by="all", at_position=1, id="a"),
        event("seen", 3, by="some", at_position=1, id="a"),
        event("accepted", 4, key="k", ids=["a", "b"]),
        event("poisoned", 4, id="p", kind="no JSON"),
        event("recovered", 5, seconds=0.5),
        event("sent", 6, key="d", size=1, wrong=False),
        event("refused", 6, key="d", status=503),
        event("sent", 6, key="w", size=2, wrong=True),
        event("refused", 6, key="w", status=422),
        event("sent", 6, key="l", size=1, wrong=False),
        event("accepted", 7, key="l", ids=["c"]),
        event("seen", 8, by="all", at_position=4, id="b"),
        event("seen", 8, by="all", at_position=5, id="c"),
        event("seen", 8, by="all", at_position=6, id="d"),
        event("seen", 8, by="some", at_position=5, id="c"),
        event("followed", 9, by="all", cuts=3, resets=0),
        event("followed", 9, by="some", cuts=3, resets=0),
    ]


def stores() -> Stores:
    return Stores(
        [Row("a", "k/0"), Row("b", "k/1"), Row("c", "l/0"), Row("d", "d/0")],
        [
            Entry(1, "a", "ada", "x"),
            Entry(4, "b", "bob", "x"),
            Entry(5, "c", "ada", "x"),
            Entry(6, "d", "bob", "x"),
        ],
        [Letter("p", "undecodable: not JSON")],
        {"outbox": 0, "queue": 0},
    )


def found(events: History, there: Stores) -> list[str]:
    return [finding.what for finding in check(events, there).findings]


def test_nothing_is_found_where_all_is_well() -> None:
    assert check(history(), stores()) == Checked([], [3, 3, 7])


def without_row(events: History, there: Stores) -> Stores:
    return replace(there, notifications=there.notifications[1:])


def without_entry(events: History, there: Stores) -> Stores:
    events[:] = [each for each in events if each.get("id") != "c"]
    return replace(there, journal=[entry for entry in there.journal if entry.id != "c"])


def row_twice(events: History, there: Stores) -> Stores:
    return replace(there, notifications=[*there.notifications, there.notifications[0]])


def entry_twice(events: History, there: Stores) -> Stores:
    events.append(event("seen", 9, by="all", at_position=7, id="b"))
    return replace(there, journal=[*there.journal, Entry(7, "b", "bob", "x")])


def registered_twice(events: History, there: Stores) -> Stores:
    events.append(event("seen", 9, by="all", at_position=7, id="z"))
    return Stores(
        [*there.notifications, Row("z", "l/0")],
        [*there.journal, Entry(7, "z", "bob", "x")],
        there.dead,
        there.left,
    )


def another_id(events: History, there: Stores) -> None:
    events.append(event("accepted", 9, key="l", ids=["z"]))


def one_id_for_two(events: History, there: Stores) -> None:
    events[5]["ids"] = events[8]["ids"] = ["a", "a"]


def refused_is_there(events: History, there: Stores) -> Stores:
    return replace(there, notifications=[*there.notifications, Row("b", "w/0")])


def doubtful_in_part(events: History, there: Stores) -> None:
    events[11]["size"] = 2


def nobodys(events: History, there: Stores) -> Stores:
    return replace(there, notifications=[*there.notifications, Row("a", "")])


def swapped(events: History, there: Stores) -> Stores:
    return replace(
        there, notifications=[Row("b", "k/0"), Row("a", "k/1"), *there.notifications[2:]]
    )


def not_delivered(events: History, there: Stores) -> Stores:
    events[:] = [each for each in events if each.get("id") != "d"]
    return replace(there, journal=there.journal[:-1])


def entry_of_nothing(events: History, there: Stores) -> Stores:
    return replace(there, notifications=there.notifications[:-1])


def unseen(events: History, there: Stores) -> None:
    del events[18]


def unseen_at_the_end(events: History, there: Stores) -> None:
    del events[19]


def seen_again(events: History, there: Stores) -> None:
    events.insert(20, event("seen", 8, by="all", at_position=5, id="c"))


def out_of_order(events: History, there: Stores) -> None:
    events[17], events[18] = events[18], events[17]


def not_asked_for(events: History, there: Stores) -> None:
    events.append(event("seen", 9, by="some", at_position=6, id="d"))


def reset(events: History, there: Stores) -> None:
    events[-1]["resets"] = 1


def left_over(events: History, there: Stores) -> Stores:
    return replace(there, left={"outbox": 1})


def unparked(events: History, there: Stores) -> Stores:
    return replace(there, dead=[])


def parked_too(events: History, there: Stores) -> Stores:
    return replace(there, dead=[*there.dead, Letter("a", "failed: no")])


def other_reason(events: History, there: Stores) -> Stores:
    return replace(there, dead=[Letter("p", "failed: no")])


def out_of_place(events: History, there: Stores) -> None:
    events.append(event("refused", 9, key="l", status=500))


def despaired(events: History, there: Stores) -> None:
    events.append(event("despaired", 9, key="d", seconds=240))


def ended(events: History, there: Stores) -> None:
    events.append(event("ended by itself", 9, replica="consumer-1", code=1, lines=["oh"]))


def ended_badly(events: History, there: Stores) -> None:
    events.append(event("ended badly", 9, replica="consumer-1", code=None, lines=[]))


def not_recovered(events: History, there: Stores) -> None:
    events.append(event("not recovered", 9, kinds=["redis killed"], seconds=120))


def failed(events: History, there: Stores) -> None:
    events.append(event("failed", 9, kind="redis killed", error="no"))


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (without_row, {"lost", "an entry of nothing"}),
        (without_entry, {"lost"}),
        (row_twice, {"doubled"}),
        (entry_twice, {"doubled"}),
        (registered_twice, {"doubled"}),
        (another_id, {"another id for the same key"}),
        (one_id_for_two, {"not an id for each", "doubled"}),
        (refused_is_there, {"refused and stored", "doubled"}),
        (doubtful_in_part, {"not all or nothing"}),
        (nobodys, {"of nobody", "doubled"}),
        (swapped, {"in each other's place"}),
        (not_delivered, {"never delivered"}),
        (entry_of_nothing, {"an entry of nothing"}),
        (unseen, {"unseen"}),
        (unseen_at_the_end, {"unseen"}),
        (seen_again, {"seen again"}),
        (out_of_order, {"unseen", "seen again"}),
        (not_asked_for, {"seen and not in the journal, or not asked for"}),
        (reset, {"reset"}),
        (left_over, {"left over"}),
        (unparked, {"not parked"}),
        (parked_too, {"parked by mistake"}),
        (other_reason, {"parked for another reason"}),
        (out_of_place, {"an answer out of place"}),
        (despaired, {"never answered"}),
        (ended, {"ended by itself"}),
        (ended_badly, {"ended badly"}),
        (not_recovered, {"nothing came through again"}),
        (failed, {"a fault that failed"}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_is_wrong_is_found(spoil: Spoil, expected: set[str]) -> None:
    events, there = history(), stores()
    spoilt = spoil(events, there)
    assert {*found(events, spoilt or there)} == expected


def test_the_report_adds_up_by_kind_and_counts_once_over_all() -> None:
    events = history()
    checked = check(events, without_row(events, stores()))
    spans = windows(events)
    struck = Line(faults=1, accepted=2, lost=1, doubled=0, slowest=0.5)
    assert by_kind(spans, checked) == {"rabbitmq killed": struck, "redis frozen": struck}
    total = overall(spans, checked)
    assert total == Line(faults=2, accepted=3, lost=1, doubled=0, slowest=0.5)


def test_what_counts_as_lost_or_doubled_is_what_the_checker_says() -> None:
    spoilt = [without_row, not_delivered, unseen, row_twice, seen_again, another_id]
    said = set[str]()
    for spoil in spoilt:
        events, there = history(), stores()
        said |= {*found(events, spoil(events, there) or there)}
    assert {*LOST, *DOUBLED} <= said


def rewound(to: int, *seen: tuple[int, str]) -> History:
    """A subscriber that has seen all, goes back, and sees these once more."""
    return [
        *history()[:-2],
        event("rewound", 8, by="all", to=to),
        *(event("seen", 9, by="all", at_position=at, id=identity) for at, identity in seen),
        *history()[-2:],
    ]


def test_whoever_goes_back_sees_all_from_there_once_more() -> None:
    assert found(rewound(4, (5, "c"), (6, "d")), stores()) == []
    assert found(rewound(6), stores()) == []


@pytest.mark.parametrize("seen", [((5, "c"),), ((6, "d"),), ()])
def test_what_is_passed_over_on_the_way_back_is_found(seen: tuple[tuple[int, str], ...]) -> None:
    assert {*found(rewound(4, *seen), stores())} == {"unseen"}
