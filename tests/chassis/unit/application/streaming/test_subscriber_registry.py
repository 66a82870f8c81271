import asyncio
import random
from collections.abc import Callable

import pytest

from chassis.application.ports.journal import ANY, Filter
from chassis.application.streaming.recent_entries import RecentEntries
from chassis.application.streaming.subscriber_registry import SubscriberRegistry, Waiter
from tests.chassis.unit.application.streaming.entries import streamed_entry, streamed_event
from tests.chassis.unit.events import ORDER, make_event

LONG = 60.0


async def asleep(registry: SubscriberRegistry, waiter: Waiter) -> "asyncio.Task[bool]":
    task = asyncio.ensure_future(registry.wait(waiter))
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
    registry = SubscriberRegistry(RecentEntries(), LONG)
    waiter = Waiter(Filter(subject=receiver, tag=action_type))
    task = await asleep(registry, waiter)

    registry.notify([streamed_entry(7)], position=4)
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
    registry = SubscriberRegistry(RecentEntries(), LONG)
    task = await asleep(registry, Waiter(Filter(frozenset(types), subject, tag)))
    entry = streamed_event(7, make_event(ORDER, "ada"), "x")

    assert registry.count(entry) == is_notified
    registry.notify([entry], position=4)
    await asyncio.sleep(0)

    assert task.done() is is_notified
    task.cancel()


async def test_whoever_waits_for_two_types_is_counted_once_and_leaves_both() -> None:
    registry = SubscriberRegistry(RecentEntries(), LONG)
    waiter = Waiter(Filter(frozenset({ORDER, "other.v1"})))
    first = await asleep(registry, waiter)
    entries = [streamed_event(n, make_event(kind)) for n, kind in ((7, ORDER), (8, "other.v1"))]

    assert [registry.count(entry) for entry in entries] == [1, 1]
    registry.notify(entries[:1], position=6)
    assert await first is True
    assert [registry.count(entry) for entry in entries] == [0, 0]

    second = await asleep(registry, waiter)
    registry.notify(entries[1:], position=7)
    assert await second is True
    assert waiter.position == 7


async def test_a_second_notification_leaves_it_where_the_first_one_has_woken_it() -> None:
    registry = SubscriberRegistry(RecentEntries(), LONG)
    waiter = Waiter(Filter(frozenset({ORDER, "other.v1"})))
    task = await asleep(registry, waiter)

    registry.notify([streamed_event(7, make_event(ORDER))], position=6)
    registry.notify([streamed_event(8, make_event("other.v1"))], position=7)
    registry.notify_all(8)

    assert await task is True
    assert waiter.position == 6


async def test_whoever_was_not_notified_is_as_far_as_the_tail_at_its_heartbeat() -> None:
    recent = RecentEntries()
    registry = SubscriberRegistry(recent, heartbeat=0.01)
    waiter = Waiter(Filter(subject="eve"))
    task = await asleep(registry, waiter)
    entries = [streamed_entry(position) for position in (3, 8)]
    recent.extend(entries, 8)
    registry.notify(entries, position=0)

    assert await task is False
    assert waiter.position == 8


async def test_a_position_never_goes_back() -> None:
    registry = SubscriberRegistry(RecentEntries(), heartbeat=0.01)
    waiter = Waiter(ANY)
    waiter.position = 9

    assert await registry.wait(waiter) is False
    assert waiter.position == 9
    task = await asleep(registry, waiter)
    registry.notify([streamed_entry(7)], position=6)
    assert await task is True
    assert waiter.position == 9


async def test_whoever_has_left_is_not_notified() -> None:
    registry = SubscriberRegistry(RecentEntries(), LONG)
    left, stays = Waiter(ANY), Waiter(ANY)
    leaving, staying = await asleep(registry, left), await asleep(registry, stays)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)

    registry.notify([streamed_entry(7)], position=6)

    assert await staying is True
    assert (left.position, stays.position) == (0, 6)


async def test_whoever_is_about_to_leave_holds_up_nobody() -> None:
    registry = SubscriberRegistry(RecentEntries(), LONG)
    leaving, staying = [await asleep(registry, Waiter(ANY)) for _ in range(2)]
    leaving.cancel()

    registry.notify([streamed_entry(7)], position=6)

    assert await staying is True


async def test_whoever_does_not_wait_is_taken_along_all_the_same() -> None:
    registry = SubscriberRegistry(RecentEntries(), LONG)
    waiter = Waiter(ANY)
    waiter.wake(4, for_match=True)
    assert waiter.position == 4
    task = await asleep(registry, waiter)
    registry.notify_all(5)
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

    task = await asleep(SubscriberRegistry(RecentEntries(), heartbeat=16), waiter)

    assert waiter.due == 100 + seconds
    task.cancel()


async def test_one_timer_looks_after_all_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    timers: list[tuple[float, Callable[[], None]]] = []

    def call_later(delay: float, tick: Callable[[], None]) -> object:
        timers.append((delay, tick))
        return tick

    monkeypatch.setattr(asyncio.get_running_loop(), "call_later", call_later)
    registry = SubscriberRegistry(RecentEntries(), heartbeat=16)
    tasks = [await asleep(registry, Waiter(ANY)) for _ in range(2)]
    [(_, tick)] = timers

    tick()

    assert [delay for delay, _ in timers] == [1, 1]
    for task in tasks:
        task.cancel()


async def test_everybody_can_be_woken() -> None:
    registry = SubscriberRegistry(RecentEntries(), LONG)
    waiters = [Waiter(Filter(subject=name)) for name in ("ada", "eve")]
    tasks = [await asleep(registry, waiter) for waiter in waiters]

    registry.notify_all(5)

    assert await asyncio.gather(*tasks) == [True, True]
    assert [waiter.position for waiter in waiters] == [5, 5]
