"""Streams of events of several types, and of those that the table does not have."""

import pytest

from app.application.notification.mapping import REGISTERED
from chassis.application.event import Event
from chassis.application.ports.journal import Entry
from chassis.application.streaming import reader, recent_entries
from chassis.application.streaming.messages import StreamItem
from tests.chassis.unit.application.streaming.log import SHORT, Log, assert_idle, settled, started
from tests.chassis.unit.events import ORDER, make_event

HIDDEN = "secret.kept.v1"


def mixed() -> list[Event]:
    """Return an event of each type, and one more order."""
    return [make_event(kind) for kind in (REGISTERED, HIDDEN, ORDER, ORDER)]


@pytest.mark.parametrize(
    ("types", "expected"),
    (
        (None, [("notification", 0), ("order", 2), ("order", 3)]),
        ([ORDER, REGISTERED], [("notification", 0), ("order", 2), ("order", 3)]),
        ([REGISTERED], [("notification", 0)]),
        ([ORDER], [("order", 2), ("order", 3)]),
    ),
)
@pytest.mark.parametrize("size", (1, 2, 100))
@pytest.mark.parametrize("live", (True, False))
async def test_a_stream_has_the_types_that_were_asked_for_in_order(
    types: list[str] | None,
    expected: list[tuple[str, int]],
    size: int,
    live: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if not live:
        monkeypatch.setattr(recent_entries, "SIZE", size)
        monkeypatch.setattr(reader, "FIRST_BATCH", size)
    log = await started()
    stream = await log.opened(types=types) if live else None
    cursors = [cursor for event in mixed() for cursor in await log.announced(event)]
    stream = stream or await log.opened(types=types, cursor=log.cursor(0))

    found: list[StreamItem] = []
    while len(found) < len(expected):
        item = await anext(stream)
        # One that catches up tells how far it has got where there was nothing for it.
        found += [item] if item.event != "heartbeat" else []

    assert [(item.event, item.cursor) for item in found] == [
        (name, cursors[number]) for name, number in expected
    ]
    asking = await settled(stream)
    assert not asking.done() or (await asking).event == "heartbeat"
    asking.cancel()


@pytest.mark.parametrize("wanted", (REGISTERED, ORDER))
async def test_whoever_waits_is_woken_by_each_of_its_types(wanted: str) -> None:
    log = await started()
    asking = await settled(await log.opened(types=[REGISTERED, ORDER]))
    other = await log.opened(types=[ORDER if wanted == REGISTERED else REGISTERED])

    [cursor] = await log.announced(make_event(wanted))

    assert (await asking).cursor == cursor
    await assert_idle(other)


@pytest.mark.parametrize("types", ([REGISTERED, ORDER], [ORDER], None))
async def test_nothing_is_skipped_that_comes_before_the_stream_has_its_turn(
    types: list[str] | None,
) -> None:
    log = await started()
    stream = await log.opened(types=types)
    asking = await settled(stream)
    events = [make_event(kind) for kind in (ORDER, REGISTERED, ORDER, ORDER)]

    for position, event in enumerate(events, 1):
        assert log.follower.offer([Entry(position, event)])

    wanted = [
        log.cursor(position)
        for position, event in enumerate(events, 1)
        if types is None or event.type in types
    ]
    found = [(await asking).cursor, *[(await anext(stream)).cursor for _ in wanted[1:]]]
    assert found == wanted


async def test_an_item_has_the_data_as_it_was_announced() -> None:
    log = await started()
    stream = await log.opened(types=[ORDER])
    text = '{ "number": 1.50, "note": "Zoë" }'.encode()

    await log.announced(make_event(data=text))

    assert bytes((await anext(stream)).data or b"") == text


async def test_what_the_table_does_not_have_is_not_streamed_but_the_head_moves_on() -> None:
    log = await started(heartbeat=SHORT)
    stream = await log.opened()

    *_, last = await log.announced(*(make_event(HIDDEN) for _ in range(3)))

    item = await anext(stream)
    while item.cursor != last:
        assert item.event == "heartbeat"
        item = await anext(stream)
    assert item == StreamItem(event="heartbeat", cursor=last)
    assert log.metrics.gauges["journal_position"] == log.position(last)
    assert log.metrics.gauges["tail_entries"] == 0


async def test_what_the_table_does_not_have_is_offered_too() -> None:
    log = await started()
    asking = await settled(await log.opened())

    assert log.follower.offer([Entry(1, make_event(HIDDEN))])
    assert log.metrics.gauges["journal_position"] == 1
    assert log.follower.offer([Entry(2, make_event()), Entry(3, make_event(HIDDEN))])

    assert (await asking).cursor == log.cursor(2)
    assert log.metrics.gauges["journal_position"] == 3


@pytest.mark.parametrize("batch", (1, 2, 500))
async def test_whoever_catches_up_gets_past_batches_of_what_is_not_streamed(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", batch)
    monkeypatch.setattr(reader, "BATCH", batch)
    monkeypatch.setattr(recent_entries, "SIZE", 1)
    log = Log()
    hidden = [make_event(HIDDEN) for _ in range(5)]
    cursors = await log.announced(*hidden, *(make_event() for _ in range(3)))
    stream = await log.opened(cursor=log.cursor(0))

    found: list[StreamItem] = []
    while not found or found[-1].cursor != cursors[-1]:
        found.append(await anext(stream))

    assert [item.cursor for item in found if item.event == "order"] == cursors[5:]
    assert {item.event for item in found} <= {"order", "heartbeat"}


async def test_a_delivery_is_measured_by_type() -> None:
    log = await started()
    stream = await log.opened()
    await log.announced(make_event(REGISTERED), make_event(), make_event())

    for _ in range(3):
        await anext(stream)

    observed = log.metrics.observed
    assert len(observed[f"event_delivery_seconds:{REGISTERED}"]) == 1
    assert len(observed[f"event_delivery_seconds:{ORDER}"]) == 2
