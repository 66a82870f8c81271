import asyncio

import pytest

from chassis.application.budget import Share
from chassis.application.ports.journal import Bounds, Filter
from chassis.application.streaming import reader, recent_entries
from chassis.application.streaming.messages import StreamItem
from chassis.application.streaming.reader import Found, Reader
from tests.chassis.unit.application.streaming.log import (
    Log,
    assert_idle,
    settled,
    started,
    take,
)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    (
        ({}, [0, 1, 2]),
        ({"receiver": "ada"}, [0, 1]),
        ({"action_type": "b"}, [1, 2]),
        ({"receiver": "ada", "action_type": "b"}, [1]),
    ),
)
@pytest.mark.parametrize("live", (True, False))
async def test_a_filter_holds_for_what_arrives_and_what_is_resumed(
    wanted: dict[str, str], expected: list[int], live: bool
) -> None:
    log = await started() if live else Log()
    cursors: list[str] = []
    stream = await log.opened(**wanted) if live else None
    for receiver, action_type in (("ada", "a"), ("ada", "b"), ("eve", "b")):
        cursors += await log.append(1, receiver=receiver, action_type=action_type)
    await log.advance()
    stream = stream or await log.opened(cursor=log.cursor(0), **wanted)

    assert await take(stream, len(expected)) == [cursors[number] for number in expected]
    await assert_idle(stream)


async def test_a_stream_resumes_from_memory_where_it_can() -> None:
    log = Log()
    cursors = await log.append(2)
    await log.advance()
    cursors += await log.appended(2)

    log.database.available = False

    for number in range(4):
        stream = await log.opened(cursor=cursors[number])
        assert await take(stream, 3 - number) == cursors[number + 1 :]
        await stream.aclose()


@pytest.mark.parametrize("batch", (1, 2, 3, 500))
async def test_a_stream_resumes_from_the_journal_and_goes_on_live(
    batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "FIRST_BATCH", batch)
    monkeypatch.setattr(reader, "BATCH", batch)
    monkeypatch.setattr(recent_entries, "SIZE", 2)
    log = Log()
    cursors = await log.append(7)
    await log.advance()
    cursors += await log.appended(2)
    stream = await log.opened(cursor=cursors[1])

    assert await take(stream, 7) == cursors[2:]
    cursors = await log.appended(2)
    assert await take(stream, 2) == cursors
    await assert_idle(stream)


async def test_what_the_journal_had_before_the_follower_knew_comes_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 1)
    log = Log()
    cursors = await log.append(3)
    await log.advance()
    cursors += await log.append(2)
    stream = await log.opened(cursor=cursors[0])

    assert await take(stream, 4) == cursors[1:]
    asking = await settled(stream)
    await log.advance()
    (newest,) = await log.appended(1)
    item = await asking
    while item.event == "heartbeat":
        item = await anext(stream)
    assert item.cursor == newest


@pytest.mark.parametrize("wanted", ({}, {"receiver": "eve"}))
async def test_what_arrives_while_the_journal_is_read_comes_after_it(
    wanted: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 2)
    log = Log()
    cursors = await log.append(5, receiver="eve")
    await log.advance()
    read = Reader.catch_up
    late: list[str] = []

    async def and_meanwhile(self: Reader, position: int, matching: Filter) -> tuple[Found, Share]:
        found = await read(self, position, matching)
        if not late:
            # The follower has them before the reader tells what it found.
            late.extend(await log.appended(2, receiver="eve"))
        return found

    monkeypatch.setattr(Reader, "catch_up", and_meanwhile)
    stream = await log.opened(cursor=cursors[0], **wanted)

    assert await take(stream, 6) == [*cursors[1:], *late]


async def test_a_stream_may_resume_from_a_position_that_the_follower_has_not_reached() -> None:
    log = await started()
    cursors = await log.append(4)
    stream = await log.opened(cursor=cursors[2])

    await log.advance()

    assert await take(stream, 1) == cursors[3:]


@pytest.mark.parametrize(
    "position", ("", "x", "-1", "+1", "1.0", "²", " 1", "1_0", "0" * 20 + "9", "9" * 5000)
)
async def test_a_malformed_cursor_is_reset_to_the_head(position: str) -> None:
    log = await started()
    *_, last = await log.appended(12)
    stream = log.open(cursor=f"{log.database.epoch}.{position}")

    assert await anext(stream) == StreamItem(event="reset", cursor=last)
    cursors = await log.appended(1)
    assert await take(stream, 1) == cursors


@pytest.mark.parametrize("cursor", ("", "foreign.7", "{epoch}", "1", "{epoch}.99", "{epoch}.1"))
async def test_a_cursor_of_another_journal_past_the_head_or_too_old_is_reset(cursor: str) -> None:
    log = Log()
    *_, last = await log.append(5)
    log.database.prune_journal(3)
    await log.advance()
    stream = log.open(cursor=cursor.format(epoch=log.database.epoch))

    assert await anext(stream) == StreamItem(event="reset", cursor=last)


async def test_a_cursor_just_before_the_oldest_entry_has_missed_nothing() -> None:
    log = Log()
    cursors = await log.append(5)
    log.database.prune_journal(log.database.state.journal[1].position)
    await log.advance()

    stream = await log.opened(cursor=log.cursor(log.database.state.journal[0].position - 1))

    assert await take(stream, 3) == cursors[2:]


async def test_a_stream_that_catches_up_is_not_too_slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 2)
    monkeypatch.setattr(reader, "FIRST_BATCH", 2)
    monkeypatch.setattr(reader, "BATCH", 2)
    log = Log()
    cursors = await log.append(5)
    await log.advance()
    stream = await log.opened(cursor=log.cursor(0))
    assert await take(stream, 1) == cursors[:1]

    cursors += await log.appended(9)

    assert await take(stream, 13) == cursors[1:]


async def test_what_was_pruned_under_a_slow_stream_is_a_reset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 1)
    monkeypatch.setattr(reader, "FIRST_BATCH", 2)
    monkeypatch.setattr(reader, "BATCH", 2)
    log = Log()
    cursors = await log.append(9)
    await log.advance()
    stream = await log.opened(cursor=cursors[0])
    assert await take(stream, 2) == cursors[1:3]

    log.database.prune_journal(log.position(cursors[5]))

    assert await anext(stream) == StreamItem(event="reset", cursor=cursors[-1])
    cursors = await log.appended(1)
    assert await take(stream, 1) == cursors


async def assert_kept(log: Log, cursors: list[str]) -> None:
    """Show that the first has been pruned, and that the rest is in memory."""
    first, *others = cursors
    late = log.open(cursor=first)
    assert await anext(late) == StreamItem(event="reset", cursor=cursors[-1])
    log.database.available = False
    in_time = await log.opened(cursor=log.cursor(log.position(others[0]) - 1))
    assert await take(in_time, len(others)) == others


async def test_what_was_pruned_before_the_follower_got_there_is_a_reset() -> None:
    log = await started()
    stream = await log.opened()
    (seen,) = await log.appended(1)
    assert await take(stream, 1) == [seen]
    waiting = await settled(stream)
    cursors = await log.append(4)
    log.database.prune_journal(log.position(cursors[2]) - 1)

    await log.advance()

    # It was not too slow: it has missed what the follower has missed.
    assert await waiting == StreamItem(event="reset", cursor=cursors[-1])
    cursors += await log.appended(1)
    assert await take(stream, 1) == cursors[-1:]
    await assert_kept(log, cursors[1:])


async def test_what_is_pruned_while_the_tail_is_filled_is_a_reset(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log = Log()
    cursors = await log.append(6)
    look = Reader.bounds

    async def pruned_meanwhile(self: Reader) -> Bounds:
        bounds = await look(self)
        log.database.prune_journal(log.position(cursors[3]) - 1)
        return bounds

    monkeypatch.setattr(Reader, "bounds", pruned_meanwhile)
    await log.advance()

    await assert_kept(log, cursors[2:])


async def test_an_action_type_alone_is_looked_for_a_part_of_the_journal_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 1)
    monkeypatch.setattr(reader, "SCAN_WINDOW", 10)
    log = Log()
    (start,) = await log.append(1)
    await log.append(20, action_type="common")
    (rare,) = await log.append(1, action_type="rare")
    await log.append(20, action_type="common")
    (last,) = await log.append(1, action_type="rare")
    await log.advance()

    stream = await log.opened(action_type="rare", cursor=start)
    items = [await anext(stream)]
    while items[-1].cursor != last:
        items.append(await anext(stream))

    assert [item.cursor for item in items if item.event == "notification"] == [rare, last]
    # A subscriber that leaves meanwhile need not start again: a heartbeat has its position.
    positions = [log.position(item.cursor) for item in items if item.event == "heartbeat"]
    assert positions == sorted(set(positions))
    assert len(positions) > 3


async def test_only_so_many_read_the_journal_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recent_entries, "SIZE", 1)
    log = Log(limit=50)
    cursors = await log.append(9)
    await log.advance()

    async def resume() -> list[str]:
        return await take(await log.opened(cursor=cursors[0]), 8)

    async with asyncio.TaskGroup() as group:
        resuming = [group.create_task(resume()) for _ in range(50)]

    assert [task.result() for task in resuming] == [cursors[1:]] * 50
    assert log.database.most_readers == reader.CATCH_UPS
