"""Each finding, made by hand: a history and stores in which all is well, and one thing is not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.chaos.checker import Checked, check
from tests.chaos.report import DOUBLED, LOST, Line, by_kind, overall, windows
from tests.chaos.stores import Letter, Stores
from tests.sound import (
    PLACED,
    REGISTERED,
    SHIPPED,
    History,
    entry,
    event,
    history,
    row,
    stores,
)

Spoil = Callable[[History, Stores], Stores | None]


def found(events: History, there: Stores) -> list[str]:
    return [finding.what for finding in check(events, there).findings]


def test_nothing_is_found_where_all_is_well() -> None:
    work = {
        "runs of scheduled jobs": 9,
        "jobs run twice": 0,
        "writes under a lock": 3,
        "late writes refused by their fence": 1,
        "fencing tokens out of order": 0,
        "durable jobs": 3,
        "durable jobs lost": 0,
        "runs of durable jobs again after a broken one": 1,
        "remote work done twice": 0,
    }
    by_type = Counter({REGISTERED: 3, PLACED: 1, SHIPPED: 1})
    by_transport = Counter(http=4, tcp=1)
    remote = {"answered": 2, "unavailable": 1, "unanswered": 0}
    assert check(history(), stores()) == Checked(
        [], [3, 3, 7, 8, 8], by_type, by_transport, work, remote
    )


def test_a_wrong_call_may_find_the_database_away() -> None:
    events = history()
    wrong = next(each for each in events if each["event"] == "refused" and each["key"] == "w")
    wrong["status"] = 503
    assert found(events, stores()) == []


def not_shipped(events: History, there: Stores) -> Stores:
    return replace(there, rows=there.rows[:-1])


def shipped_twice(events: History, there: Stores) -> Stores:
    events.append(event("seen", 9, by="all", at_position=10, id="o"))
    return replace(there, journal=[*there.journal, entry(10, "o", "ada", SHIPPED, at=2)])


def shipped_at_another_time(events: History, there: Stores) -> Stores:
    return replace(there, rows=[*there.rows[:-1], row("o", "s/0", SHIPPED, at=3)])


def shipped_though_refused(events: History, there: Stores) -> None:
    sent = next(each for each in events if each.get("type") == SHIPPED)
    answer = events[events.index(sent) + 1]
    sent["wrong"] = True
    answer |= {"event": "refused", "status": 404}


def without_row(events: History, there: Stores) -> Stores:
    return replace(there, rows=there.rows[1:])


def without_entry(events: History, there: Stores) -> Stores:
    events[:] = [each for each in events if each.get("id") != "c"]
    return replace(there, journal=[entry for entry in there.journal if entry.id != "c"])


def row_twice(events: History, there: Stores) -> Stores:
    return replace(there, rows=[*there.rows, there.rows[0]])


def entry_twice(events: History, there: Stores) -> Stores:
    events.append(event("seen", 9, by="all", at_position=10, id="b"))
    return replace(there, journal=[*there.journal, entry(10, "b", "bob")])


def registered_twice(events: History, there: Stores) -> Stores:
    events.append(event("seen", 9, by="all", at_position=10, id="z"))
    return replace(
        there,
        rows=[*there.rows, row("z", "l/0")],
        journal=[*there.journal, entry(10, "z", "bob")],
    )


def another_id(events: History, there: Stores) -> None:
    events.append(event("accepted", 9, key="l", ids=["z"]))


def one_id_for_two(events: History, there: Stores) -> None:
    events[5]["ids"] = events[8]["ids"] = ["a", "a"]


def refused_is_there(events: History, there: Stores) -> Stores:
    return replace(there, rows=[*there.rows, row("b", "w/0")])


def doubtful_in_part(events: History, there: Stores) -> None:
    events[11]["size"] = 2


def nobodys(events: History, there: Stores) -> Stores:
    return replace(there, rows=[*there.rows, row("a", "")])


def swapped(events: History, there: Stores) -> Stores:
    return replace(there, rows=[row("b", "k/0"), row("a", "k/1"), *there.rows[2:]])


def not_delivered(events: History, there: Stores) -> Stores:
    events[:] = [each for each in events if each.get("id") != "d"]
    return replace(there, journal=[entry for entry in there.journal if entry.id != "d"])


def entry_of_nothing(events: History, there: Stores) -> Stores:
    return replace(there, rows=[row for row in there.rows if row.id != "d"])


def unseen(events: History, there: Stores) -> None:
    del events[18]


def unseen_at_the_end(events: History, there: Stores) -> None:
    del events[-3]


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


def not_dead_lettered(events: History, there: Stores) -> Stores:
    return replace(there, dead=[])


def dead_lettered_too(events: History, there: Stores) -> Stores:
    return replace(there, dead=[*there.dead, Letter("a", "failed: no")])


def other_reason(events: History, there: Stores) -> Stores:
    return replace(there, dead=[Letter("p", "failed: no")])


def out_of_place(events: History, there: Stores) -> None:
    events.append(event("refused", 9, key="l", status=500))


def refused_a_good_one(events: History, there: Stores) -> None:
    events.append(event("refused", 9, key="l", status=422))


def wrong_and_stored(events: History, there: Stores) -> Stores:
    wrong = next(each for each in events if each["event"] == "refused" and each["key"] == "w")
    wrong["status"] = 503
    return replace(there, rows=[*there.rows, row("b", "w/0")])


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
        (not_shipped, {"lost", "an entry of nothing"}),
        (shipped_twice, {"doubled"}),
        (shipped_at_another_time, {"stored otherwise than announced"}),
        (shipped_though_refused, {"refused and stored"}),
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
        (not_dead_lettered, {"not dead-lettered"}),
        (dead_lettered_too, {"dead-lettered by mistake"}),
        (other_reason, {"dead-lettered for another reason"}),
        (out_of_place, {"an answer out of place"}),
        (refused_a_good_one, {"an answer out of place"}),
        (wrong_and_stored, {"refused and stored", "doubled"}),
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
    assert total == Line(faults=2, accepted=5, lost=1, doubled=0, slowest=0.5)


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
    assert found(rewound(4, (5, "c"), (6, "d"), (8, "o"), (9, "o")), stores()) == []
    assert found(rewound(9), stores()) == []


@pytest.mark.parametrize("seen", [((5, "c"),), ((6, "d"),), ()])
def test_what_is_passed_over_on_the_way_back_is_found(seen: tuple[tuple[int, str], ...]) -> None:
    assert {*found(rewound(4, *seen), stores())} == {"unseen"}
