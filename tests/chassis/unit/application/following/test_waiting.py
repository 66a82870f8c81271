import asyncio
import random
from collections.abc import Callable

import pytest

from chassis.application.following.tail import Tail
from chassis.application.following.waiting import Waiter, Waiting
from chassis.application.ports.journal import ANY, Filter
from tests.chassis.unit.application.following.entries import ready_entry, ready_event
from tests.chassis.unit.events import ORDER, make_event

LONG = 60.0


async def asleep(waiting: Waiting, waiter: Waiter) -> "asyncio.Task[bool]":
    task = asyncio.ensure_future(waiting.wait(waiter))
    await asyncio.sleep(0)
    return task


@pytest.mark.parametrize(
    ("receiver", "action_type", "is_notified"),
    (
        (None, None, True),
        ("ada", None, True),
        (None, "greeted", True),
        ("ada", "greeted", True),
        ("eve", None, False),
        (None, "left", False),
        ("ada", "left", False),
        ("eve", "greeted", False),
    ),
)
async def test_it_rings_for_those_whom_an_entry_is_for(
    receiver: str | None, action_type: str | None, is_notified: bool
) -> None:
    waiting = Waiting(Tail(), LONG)
    waiter = Waiter(Filter(subject=receiver, tag=action_type))
    task = await asleep(waiting, waiter)

    waiting.notify([ready_entry(7)], position=4)
    await asyncio.sleep(0)

    assert task.done() is is_notified
    # Unknown entries are all from there on.
    assert waiter.position == (4 if is_notified else 0)
    task.cancel()


@pytest.mark.parametrize(
    ("types", "subject", "tag", "is_notified"),
    (
        ([ORDER], None, None, True),
        ([ORDER], "ada", "x", True),
        ([ORDER, "other.v1"], None, "x", True),
        (["other.v1"], None, None, False),
        (["other.v1"], "ada", "x", False),
        ([ORDER], "eve", None, False),
        ([ORDER], None, "y", False),
    ),
)
async def test_it_rings_for_one_of_several_types(
    types: list[str], subject: str | None, tag: str | None, is_notified: bool
) -> None:
    waiting = Waiting(Tail(), LONG)
    task = await asleep(waiting, Waiter(Filter(frozenset(types), subject, tag)))
    entry = ready_event(7, make_event(ORDER, "ada"), "x")

    assert waiting.count(entry) == is_notified
    waiting.notify([entry], position=4)
    await asyncio.sleep(0)

    assert task.done() is is_notified
    task.cancel()


async def test_whoever_waits_for_two_types_is_counted_once_and_leaves_both() -> None:
    waiting = Waiting(Tail(), LONG)
    waiter = Waiter(Filter(frozenset({ORDER, "other.v1"})))
    first = await asleep(waiting, waiter)
    entries = [ready_event(n, make_event(kind)) for n, kind in ((7, ORDER), (8, "other.v1"))]

    assert [waiting.count(entry) for entry in entries] == [1, 1]
    waiting.notify(entries[:1], position=6)
    assert await first is True
    assert [waiting.count(entry) for entry in entries] == [0, 0]

    second = await asleep(waiting, waiter)
    waiting.notify(entries[1:], position=7)
    assert await second is True
    assert waiter.position == 7


async def test_a_second_notification_leaves_it_where_the_first_one_has_woken_it() -> None:
    waiting = Waiting(Tail(), LONG)
    waiter = Waiter(Filter(frozenset({ORDER, "other.v1"})))
    task = await asleep(waiting, waiter)

    waiting.notify([ready_event(7, make_event(ORDER))], position=6)
    waiting.notify([ready_event(8, make_event("other.v1"))], position=7)
    waiting.notify_all(8)

    assert await task is True
    assert waiter.position == 6


async def test_whoever_was_not_notified_is_as_far_as_the_tail_at_its_heartbeat() -> None:
    tail = Tail()
    waiting = Waiting(tail, heartbeat=0.01)
    waiter = Waiter(Filter(subject="eve"))
    task = await asleep(waiting, waiter)
    entries = [ready_entry(position) for position in (3, 8)]
    tail.extend(entries, 8)
    waiting.notify(entries, position=0)

    assert await task is False
    assert waiter.position == 8


async def test_a_position_never_goes_back() -> None:
    waiting = Waiting(Tail(), heartbeat=0.01)
    waiter = Waiter(ANY)
    waiter.position = 9

    assert await waiting.wait(waiter) is False
    assert waiter.position == 9
    task = await asleep(waiting, waiter)
    waiting.notify([ready_entry(7)], position=6)
    assert await task is True
    assert waiter.position == 9


async def test_whoever_has_left_is_not_notified() -> None:
    waiting = Waiting(Tail(), LONG)
    left, stays = Waiter(ANY), Waiter(ANY)
    leaving, staying = await asleep(waiting, left), await asleep(waiting, stays)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    waiting.notify([ready_entry(7)], position=6)

    assert await staying is True
    assert (left.position, stays.position) == (0, 6)


async def test_whoever_is_about_to_leave_holds_up_nobody() -> None:
    waiting = Waiting(Tail(), LONG)
    leaving, staying = [await asleep(waiting, Waiter(ANY)) for _ in range(2)]
    leaving.cancel()

    waiting.notify([ready_entry(7)], position=6)

    assert await staying is True


async def test_whoever_does_not_wait_is_taken_along_all_the_same() -> None:
    waiting = Waiting(Tail(), LONG)
    waiter = Waiter(ANY)
    waiter.wake(4, for_match=True)
    assert waiter.position == 4
    task = await asleep(waiting, waiter)
    waiting.notify_all(5)
    await task

    waiter.wake(6, for_match=True)

    assert waiter.position == 6


@pytest.mark.parametrize(("drawn", "seconds"), ((0.0, 15.0), (1.0, 11.0)))
async def test_heartbeats_are_early_and_spread(
    monkeypatch: pytest.MonkeyPatch, drawn: float, seconds: float
) -> None:
    monkeypatch.setattr(random, "random", lambda: drawn)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: 100.0)
    waiter = Waiter(ANY)

    task = await asleep(Waiting(Tail(), heartbeat=16), waiter)

    assert waiter.due == 100 + seconds
    task.cancel()


async def test_one_timer_looks_after_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(delay: float, tick: Callable[[], None]) -> object:
        timers.append((delay, tick))
        return tick

    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", call_later)
    waiting = Waiting(Tail(), heartbeat=16)
    tasks = [await asleep(waiting, Waiter(ANY)) for _ in range(2)]
    [(_, tick)] = timers

    tick()

    assert [delay for delay, _ in timers] == [1, 1]
    for task in tasks:
        task.cancel()


async def test_everybody_can_be_woken() -> None:
    waiting = Waiting(Tail(), LONG)
    waiters = [Waiter(Filter(subject=name)) for name in ("ada", "eve")]
    tasks = [await asleep(waiting, waiter) for waiter in waiters]

    waiting.notify_all(5)

    assert await asyncio.gather(*tasks) == [True, True]
    assert [waiter.position for waiter in waiters] == [5, 5]
