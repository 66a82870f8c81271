"""Each finding in the work of workers, made by hand: one thing is wrong, and all else is well."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.checker import check
from tests.chaos.checks.remote import LATE
from tests.chaos.chores.calling import WITHIN
from tests.chaos.chores.record import Line as Written
from tests.chaos.history import Event
from tests.chaos.stores import Stores
from tests.sound import History, history, run, stores
from tools.drill.leadership.record import Record, Run

Spoil = Callable[[History, Stores], Stores | None]


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
    assert {it.what for it in check(events, spoilt or there).findings} == expected


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
