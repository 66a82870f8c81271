"""Every text as a cursor: all later items, or a reset; never an error, nor a gap."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.application.streaming import reader, recent_entries
from tests.chassis.unit.application.streaming.log import Items, Log

MOST = 12

positions = st.integers(-1, 2 * MOST) | st.integers(10**17, 10**20)
digits = positions.map(str) | st.text("0123456789٣²-+_. ", max_size=21) | st.text(max_size=5)


async def resumed(stream: Items, until: str) -> tuple[str, list[str]]:
    """Return the start of a stream and its cursors, up to `until`."""
    async with asyncio.timeout(1):
        first = await anext(stream)
        cursors: list[str] = []
        while first.event == "heartbeat" and until not in (first.cursor, *cursors):
            item = await anext(stream)
            if item.event == "notification":
                cursors.append(item.cursor)
    await stream.aclose()
    return first.event, cursors


def small(monkeypatch: pytest.MonkeyPatch, *, size: int, batch: int) -> None:
    """Keep so many entries in memory, and read so many at a time."""
    monkeypatch.setattr(recent_entries, "SIZE", size)
    monkeypatch.setattr(reader, "FIRST_BATCH", batch)
    monkeypatch.setattr(reader, "BATCH", batch)


@given(digits=digits, epoch=st.none() | st.text(max_size=10), count=st.integers(1, 4))
async def test_any_text_is_resumed_or_reset(digits: str, epoch: str | None, count: int) -> None:
    log = Log()
    cursors = await log.appended(count)
    own = log.database.epoch if epoch is None else epoch
    head = log.position(cursors[-1])

    event, found = await resumed(log.open(cursor=f"{own}.{digits}"), cursors[-1])

    is_known = own == log.database.epoch and digits.isascii() and digits.isdigit()
    if is_known and len(digits) <= 19 and int(digits) <= head:
        assert event == "heartbeat"
        assert found == [each for each in cursors if log.position(each) > int(digits)]
    else:
        assert (event, found) == ("reset", [])


@given(
    before=st.integers(0, MOST),
    after=st.integers(1, MOST),
    size=st.integers(1, MOST),
    batch=st.integers(1, MOST),
    resume=st.integers(0, 2 * MOST),
)
async def test_every_cursor_leads_to_all_that_came_after_it(
    before: int, after: int, size: int, batch: int, resume: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        small(patch, size=size, batch=batch)
        log = Log()
        cursors = await log.append(before)
        await log.advance()
        cursors += await log.appended(after)
        position = min(resume, log.position(cursors[-1]))

        event, found = await resumed(log.open(cursor=log.cursor(position)), cursors[-1])

    assert event == "heartbeat"
    assert found == [each for each in cursors if log.position(each) > position]


@given(
    count=st.integers(2, MOST),
    pruned=st.integers(0, MOST - 2),
    resume=st.integers(0, 2 * MOST),
)
async def test_what_was_pruned_is_told_of_and_nothing_else(
    count: int, pruned: int, resume: int
) -> None:
    log = Log()
    cursors = await log.append(count)
    kept = cursors[min(pruned, count - 1) :]
    gone = log.position(cursors[min(pruned, count - 1) - 1]) if pruned else 0
    log.database.prune_journal(gone)
    await log.advance()
    position = min(resume, log.position(cursors[-1]))

    event, found = await resumed(log.open(cursor=log.cursor(position)), cursors[-1])

    if position < gone:
        assert (event, found) == ("reset", [])
    else:
        assert event == "heartbeat"
        assert found == [each for each in kept if log.position(each) > position]
