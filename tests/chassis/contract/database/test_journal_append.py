"""The port `Journal`: what appending an event promises."""

import pytest
from msgspec.structs import replace

from app.application.notification.mapping import to_event
from chassis.application.errors import ConstraintViolated
from tests.chassis.contract.database.test_journal import bounds, entries, ingest, told
from tests.contract.database.stores import Store
from tests.unit.support import announced, make_notification


async def test_each_notification_is_new_once(store: Store) -> None:
    first, second, third = (make_notification() for _ in range(3))
    assert await ingest(store) == set()
    assert await ingest(store, first, second) == {first.id, second.id}
    assert await ingest(store, second, third) == {third.id}
    assert await ingest(store, first, second, third) == set()


async def test_whoever_appends_learns_the_positions_and_an_entry_keeps_its_trace(
    store: Store,
) -> None:
    first, second, third = (make_notification() for _ in range(3))
    traceparent = f"00-{'a' * 32}-{'b' * 16}-01"
    async with store.work.begin() as work:
        await work.journal.append([to_event(first)])
        events = [to_event(item) for item in (first, second, third)]
        events[2] = replace(events[2], traceparent=traceparent)
        new = await work.journal.append(events)
    found = await entries(store)
    assert new == {entry.event.id: entry.position for entry in found[1:]}
    assert [entry.event.traceparent for entry in found] == [None, None, traceparent]


async def test_events_that_are_expected_to_be_new_get_their_positions_by_the_commit(
    store: Store,
) -> None:
    first, second = (make_notification() for _ in range(2))
    async with store.work.begin() as work:
        new = await work.journal.append_new(*announced([second, first]))
        assert await work.journal.append_new([]) == {}
    found = await entries(store)
    assert new == {entry.event.id: entry.position for entry in found}
    assert told(found) == [second, first]


async def test_one_that_was_not_new_fails_the_transaction_with_all_that_is_in_it(
    store: Store,
) -> None:
    first, second = (make_notification() for _ in range(2))
    await ingest(store, first)
    with pytest.raises(ConstraintViolated):
        async with store.work.begin() as work:
            await work.journal.append_new(*announced([second, first]))
            await work.notifications.add([second])
    assert told(await entries(store)) == [first]
    async with store.work.read() as work:
        assert await work.notifications.get(second.id) is None
    # The journal goes on.
    assert await ingest(store, second) == {second.id}


async def test_positions_follow_the_order_given(store: Store) -> None:
    items = [make_notification(receiver=f"r{n}") for n in range(700)]
    # Not in the order of their ids, which other services give out.
    given = items[1::2] + items[::2]
    await ingest(store, *given)
    await ingest(store, *(more := [make_notification() for _ in range(3)]))
    async with store.work.read() as work:
        entries = await work.journal.after(0, limit=1000)
    assert told(entries) == given + more
    positions = [entry.position for entry in entries]
    assert positions == sorted(set(positions))
    found = await bounds(store)
    assert (found.pruned, found.head) == (0, positions[-1])
