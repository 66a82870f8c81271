"""Each finding, made by hand: a history and stores in which all is well, and one thing is not."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checker import Checked, check
from tests.chaos.checks.remote import LATE
from tests.chaos.chores.calling import WITHIN
from tests.chaos.chores.record import Line as Written
from tests.chaos.history import Event
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
    run,
    stores,
)
from tools.drill.leadership.record import Record, Run

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


def ticked(there: Stores, *more: Run) -> Stores:
    return replace(there, ticks=Record([*there.ticks.runs, *more]))


def no_worker(events: History, there: Stores) -> Stores:
    return replace(there, ticks=Record([]))


def missed_tick(events: History, there: Stores) -> Stores:
    return ticked(there, run("sum", 4))


def repeated_tick(events: History, there: Stores) -> Stores:
    return ticked(there, run("sum", 2, began=5))


def overlapping_ticks(events: History, there: Stores) -> Stores:
    return ticked(there, run("sum", 3, began=2))


def ticked_by_an_old_leader(events: History, there: Stores) -> Stores:
    return ticked(there, run("sum", 3, token=2), run("count", 3, token=1))


def worked(there: Stores, **changed: Any) -> Stores:
    return replace(there, chores=replace(there.chores, **changed))


def lines(*more: Written) -> list[Written]:
    return [*stores().chores.lines, *more]


def written_under_an_old_lock(events: History, there: Stores) -> Stores:
    jobs = Counter([1, 2, 3, 4])
    return worked(there, lines=lines(Written(5, 4, 8)), jobs=jobs, runs=jobs)


def two_holders(events: History, there: Stores) -> Stores:
    return worked(there, lines=lines(Written(5, 3, 9)))


def no_line(events: History, there: Stores) -> Stores:
    return worked(there, lines=[], jobs=Counter(), runs=Counter())


def job_lost(events: History, there: Stores) -> Stores:
    return worked(there, jobs=Counter([1, 3]))


def job_of_nothing(events: History, there: Stores) -> Stores:
    return worked(there, jobs=Counter([1, 2, 3, 4]), runs=Counter([1, 2, 3, 4]))


def job_doubled(events: History, there: Stores) -> Stores:
    return worked(there, jobs=Counter([1, 2, 2, 3]))


def job_never_done(events: History, there: Stores) -> Stores:
    return worked(there, runs=Counter([1, 2]))


def end_of(call: str, events: History) -> Event:
    return next(each for each in events if each["event"] == "ended" and each["call"] == call)


def remote_without_end(events: History, there: Stores) -> None:
    events.remove(end_of("0 1", events))


def remote_late(events: History, there: Stores) -> None:
    end_of("0 1", events)["seconds"] = WITHIN + LATE + 1


def remote_wrong(events: History, there: Stores) -> None:
    end_of("0 1", events)["outcome"] = "wrong: 7"


def remote_untyped(events: History, there: Stores) -> None:
    end_of("0 1", events)["outcome"] = "internal"


def remote_twice(events: History, there: Stores) -> Stores:
    return worked(there, calls=Counter(["0 1", "0 1", "1 2"]))


def remote_answered_without_work(events: History, there: Stores) -> Stores:
    return worked(there, calls=Counter(["0 1"]))


def remote_refused_and_done(events: History, there: Stores) -> Stores:
    return worked(there, calls=Counter(["0 1", "1 2", "0 3"]))


def remote_never_answered(events: History, there: Stores) -> None:
    for call in ("0 1", "1 2"):
        end_of(call, events)["outcome"] = "outcome-unknown"


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
        (no_worker, {"a job that never ran"}),
        (missed_tick, {"a tick without a run"}),
        (repeated_tick, {"a tick with two runs"}),
        (overlapping_ticks, {"runs at the same time"}),
        (ticked_by_an_old_leader, {"a run under an old grant"}),
        (written_under_an_old_lock, {"a write under an old lock"}),
        (two_holders, {"two holders at once"}),
        (no_line, {"a ledger without a line"}),
        (job_lost, {"a durable job lost"}),
        (job_of_nothing, {"a durable job of nothing"}),
        (job_doubled, {"a durable job doubled"}),
        (job_never_done, {"a durable job never done"}),
        (remote_without_end, {"a remote call without an end"}),
        (remote_late, {"a remote call that ended late"}),
        (remote_wrong, {"a remote call with a wrong end"}),
        (remote_untyped, {"a remote call with a wrong end"}),
        (remote_twice, {"remote work done twice"}),
        (remote_answered_without_work, {"an answer without work"}),
        (remote_refused_and_done, {"refused and done"}),
        (remote_never_answered, {"no remote call was answered"}),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)
def test_what_is_wrong_is_found(spoil: Spoil, expected: set[str]) -> None:
    events, there = history(), stores()
    spoilt = spoil(events, there)
    assert {*found(events, spoilt or there)} == expected


def test_what_went_wrong_with_the_work_of_workers_is_counted() -> None:
    events, there = history(), stores()
    remote_without_end(events, there)
    spoils: list[Callable[[History, Stores], Stores]] = [
        repeated_tick,
        ticked_by_an_old_leader,
        written_under_an_old_lock,
        remote_twice,
    ]
    for spoil in spoils:
        there = spoil(events, there)
    there = worked(there, jobs=Counter([1, 2, 2, 4]), runs=Counter([1, 2]))
    checked = check(events, there)
    wrong = {name: count for name, count in checked.work.items() if "again" not in name}
    assert wrong == {
        "runs of scheduled jobs": 12,
        "jobs run twice": 2,
        "writes under a lock": 4,
        "late writes refused by their fence": 1,
        "fencing tokens out of order": 2,
        "durable jobs": 3,
        "durable jobs lost": 2,
        "remote work done twice": 1,
    }
    assert checked.remote["unanswered"] == 1


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
