"""A batch of events of any types in one transaction; the journal decides what is new."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from chassis.application.errors import Unavailable
from chassis.domain.ids import time_of
from tests.chassis.unit.application.consuming.ingesting import (
    RETENTION,
    SHIPPED,
    Ingesting,
    order,
    orders,
)
from tests.chassis.unit.events import ORDER, make_event
from tests.memory_database import MemoryJournal, MemoryWork
from tests.unit.support import IdGenerator


@pytest.fixture
def setting() -> Ingesting:
    return Ingesting()


async def test_a_batch_is_journalled_in_its_order_and_stored_by_type(setting: Ingesting) -> None:
    given = [order(1), order(2, SHIPPED), order(3), order(4, SHIPPED)]

    assert await setting.take(*given) == []

    assert [event.id for event in setting.journal] == [event.id for event in given]
    assert [event.type for event in setting.journal] == [ORDER, SHIPPED, ORDER, SHIPPED]
    assert (setting.placed.stored, setting.shipped.stored) == ([[1, 3]], [[2, 4]])


async def test_the_tag_is_the_one_that_the_projection_gives(setting: Ingesting) -> None:
    tagged = make_event(data=b'{"note":"urgent"}')

    await setting.take(tagged, order(1))

    assert [entry.tag for entry in setting.database.state.journal] == ["urgent", None]


async def test_a_new_event_has_its_tag_among_known_ones_too(setting: Ingesting) -> None:
    known, tagged = order(1), make_event(data=b'{"number":2,"note":"urgent"}')
    await setting.take(known)

    await setting.take(known, tagged)

    assert [entry.tag for entry in setting.database.state.journal] == [None, "urgent"]


@pytest.mark.parametrize("is_again", (False, True))
async def test_items_are_stored_in_the_transaction_of_their_events(
    setting: Ingesting, is_again: bool
) -> None:
    known, new = orders(1, 2)
    await setting.take(known)

    await setting.take(*[known] * is_again, new)

    first, second = setting.placed.stored_in
    assert isinstance(first, MemoryWork)
    assert isinstance(second, MemoryWork)
    assert first is not second
    assert second.state is setting.database.state


async def test_what_comes_twice_in_a_batch_is_stored_once(setting: Ingesting) -> None:
    one, two = orders(1, 2)

    assert await setting.take(one, two, one) == []

    assert setting.placed.stored == [[1, 2]]
    assert len(setting.journal) == 2
    assert setting.metrics.counters == {f"events_ingested:{ORDER}": 2}


async def test_what_comes_again_changes_nothing(setting: Ingesting) -> None:
    given = orders(1, 2)
    await setting.take(*given)
    before = setting.database.state.copy()

    assert await setting.take(*given) == []

    assert setting.database.state == before
    assert (setting.placed.stored, setting.placed.told) == ([[1, 2]], [[1, 2]])
    assert setting.signal.notified == 1
    assert setting.metrics.counters[f"events_ingested:{ORDER}"] == 2


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """How the journal is asked to append events."""
    asked: list[str] = []
    for name in ("append", "append_new"):
        method = getattr(MemoryJournal, name)

        async def noted(*given: Any, name: str = name, method: Callable[..., Any] = method) -> Any:
            asked.append(name)
            return await method(*given)

        monkeypatch.setattr(MemoryJournal, name, noted)
    return asked


async def test_after_an_error_the_journal_still_finds_the_new_ones(
    setting: Ingesting, asked: list[str]
) -> None:
    one, two, bad = orders(1, 2, 13)
    setting.placed.poison = 13
    await setting.take(one)
    with pytest.raises(RuntimeError):
        await setting.take(one, bad)
    del asked[:]

    await setting.take(one, two)

    assert asked == ["append"]


async def test_a_batch_is_expected_to_be_new_until_an_event_comes_again(
    setting: Ingesting, asked: list[str]
) -> None:
    one, two, three, four = orders(1, 2, 3, 4)

    for batch in ([one], [one, two], [two], [three], [four]):
        await setting.take(*batch)

    new, known = ["append_new", "append"], ["append"]
    # The memory's `append_new` asks `append` itself.
    assert asked == [*new, *new, *known, *known, *known, *new]
    assert setting.placed.stored == [[1], [2], [3], [4]]


async def test_only_new_events_are_stored_counted_and_told_of(setting: Ingesting) -> None:
    old, new = orders(1, 2)
    shipped = order(3, SHIPPED)
    await setting.take(old, shipped)

    await setting.take(old, new, shipped)

    assert (setting.placed.stored, setting.placed.told) == ([[1], [2]], [[1], [2]])
    # No event of this type was new in the second batch.
    assert (setting.shipped.stored, setting.shipped.told) == ([[3]], [[3]])
    assert setting.metrics.counters == {
        f"events_ingested:{ORDER}": 2,
        f"events_ingested:{SHIPPED}": 1,
    }
    assert setting.signal.notified == 2


def test_each_type_is_counted_from_the_start(setting: Ingesting) -> None:
    assert setting.metrics.zeros == {f"events_ingested:{ORDER}", f"events_ingested:{SHIPPED}"}


async def test_a_projection_may_have_nothing_to_do_after_the_commit(setting: Ingesting) -> None:
    await setting.take(order(0), order(5, SHIPPED))

    assert (setting.placed.told, setting.shipped.told) == ([], [[5]])


async def test_an_error_of_one_event_stores_nothing_of_the_batch(setting: Ingesting) -> None:
    good, bad, shipped = order(1), order(13), order(2, SHIPPED)
    setting.placed.poison = 13

    with pytest.raises(RuntimeError, match="cannot swallow"):
        await setting.take(shipped, good, bad)

    # The consumer splits the batch now, and the good ones are new again.
    assert (setting.journal, setting.signal.notified, setting.streams.taken) == ([], 0, [])
    assert setting.metrics.counters == {}
    await setting.take(shipped, good)
    assert [event.id for event in setting.journal] == [shipped.id, good.id]


async def test_new_ones_are_offered_as_the_journal_has_them(setting: Ingesting) -> None:
    setting.streams.can_take = True
    given = [order(1), make_event(data=b'{"number":2,"note":"urgent"}'), order(3)]
    await setting.take(*given[:2])

    await setting.take(*given)

    assert setting.streams.taken == setting.database.state.journal
    # Only the other replicas have to read it.
    assert (setting.signal.notified, setting.signal.notified_others) == (0, 2)


async def test_what_can_never_be_stored_is_a_fault_and_its_neighbours_are_not(
    setting: Ingesting,
) -> None:
    now = setting.clock()
    first, second = orders(1, 2)
    foreign = msgspec.structs.replace(order(3), id=uuid4())
    ahead = make_event(id=IdGenerator()(now + timedelta(minutes=6)))
    old = make_event(id=IdGenerator()(now - RETENTION - timedelta(seconds=1)))
    mute = make_event(data=b'{"number":"1"}')
    bad = order(-1, SHIPPED)
    nul = make_event(subject="a\0")
    latin = make_event(data=b'{"note":"\xe9"}')
    deep = make_event(data=b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}")

    faults = await setting.take(foreign, first, ahead, old, mute, bad, second, nul, latin, deep)

    assert [fault.event for fault in faults] == [foreign, ahead, old, mute, bad, nul, latin, deep]
    reasons = (
        "UUIDv7",
        "ahead of",
        "before the retention",
        "number",
        "negative",
        "subject: must not contain NUL characters",
        "utf-8",
        "rec",
    )
    for fault, reason in zip(faults, reasons, strict=True):
        assert reason in fault.reason
        assert fault.may_pass is (fault.event is ahead)
    assert setting.placed.stored == [[1, 2]]
    assert [event.id for event in setting.journal] == [first.id, second.id]


async def test_an_event_from_ahead_of_the_clock_is_told_of_and_stored_once_the_clock_is_there(
    setting: Ingesting,
) -> None:
    event = make_event(id=IdGenerator()(setting.clock() + timedelta(minutes=6)))
    assert len(await setting.take(event)) == 1
    assert setting.ahead == [time_of(event.id)]

    setting.clock.turn(minutes=1)

    assert await setting.take(event) == []
    assert [each.id for each in setting.journal] == [event.id]
    assert setting.ahead == [time_of(event.id)]


async def test_faults_alone_notify_no_reader(setting: Ingesting) -> None:
    assert len(await setting.take(order(-1))) == 1
    assert (setting.journal, setting.signal.notified) == ([], 0)


async def test_a_database_that_is_away_leaves_the_batch_to_be_tried_again(
    setting: Ingesting,
) -> None:
    given = orders(1, 2)
    setting.database.available = False
    with pytest.raises(Unavailable):
        await setting.take(*given)
    assert (setting.placed.told, setting.signal.notified) == ([], 0)

    setting.database.available = True
    assert await setting.take(*given) == []
    assert [event.id for event in setting.journal] == [event.id for event in given]
