"""A database that goes on from an earlier state gives the positions in between a second time."""

import asyncio

import pytest

from chassis.application.epoch import EpochMonitor
from chassis.application.errors import Unavailable
from chassis.application.streaming import follower
from chassis.application.streaming.messages import StreamItem
from tests.chassis.unit.application.streaming.log import SHORT, Log, settled, started, take
from tests.memory_database import MemoryUnitOfWork
from tests.unit.support import lines


@pytest.fixture(autouse=True)
def checked_at_each_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follower, "CHECK", 0)


async def went_back(log: Log, lost: int = 3) -> str:
    """Lose the newest entries, as an asynchronous standby does; return the cursor before."""
    backup = log.database.state.copy()
    *_, last = await log.appended(lost)
    log.database.restore(backup, is_told=False)
    return last


async def test_those_who_wait_get_a_reset_and_then_what_is_new() -> None:
    log = await started()
    await log.appended(2)
    streams = [await log.opened(), await log.opened(receiver="ada")]
    cursor = await went_back(log)
    assert [len(await take(stream, 3)) for stream in streams] == [3, 3]
    asking = [await settled(stream) for stream in streams]

    await log.advance()

    resets = [await first for first in asking]
    assert {item.event for item in resets} == {"reset"}
    assert {item.cursor for item in resets} == {log.cursor(log.database.state.position)}
    assert cursor.partition(".")[0] != log.database.epoch
    # Under positions that they have seen before.
    cursors = await log.appended(2)
    assert [await take(stream, 2) for stream in streams] == [cursors, cursors]


async def test_whoever_comes_back_with_a_cursor_of_before_gets_a_reset() -> None:
    log = await started()
    await log.appended(2)
    cursor = await went_back(log)
    await log.advance()
    await log.appended(9)

    assert (await anext(log.open(cursor=cursor))).event == "reset"


async def test_a_stream_that_nobody_reads_meanwhile_gets_the_reset_when_it_is_read() -> None:
    log = await started()
    stream = await log.opened()
    await went_back(log)
    await log.advance()
    await log.appended(9)

    assert (await anext(stream)).event == "reset"


async def test_an_operator_reads_of_a_reset_once(caplog: pytest.LogCaptureFixture) -> None:
    told = "the journal has gone back, or has a new epoch: streams are reset"
    log = await started()
    await log.appended(2)
    await log.advance()
    assert lines(caplog, told) == []
    await went_back(log)

    for _ in range(2):
        await log.advance()

    assert len(lines(caplog, told)) == 1


async def test_what_another_replica_has_drawn_counts() -> None:
    log = await started()
    stream = await log.opened()
    asking = await settled(stream)
    log.database.epoch = "another"

    await log.advance()

    assert await asking == StreamItem(event="reset", cursor="another.0")


async def test_a_heartbeat_after_that_has_the_new_epoch() -> None:
    log = await started(heartbeat=SHORT)
    stream = await log.opened()
    log.database.epoch = "another"
    await log.advance()

    assert (await anext(stream)).event == "reset"
    assert await anext(stream) == StreamItem(event="heartbeat", cursor="another.0")


async def test_a_stream_that_ends_before_it_was_reset_names_the_epoch_that_it_has_read() -> None:
    log = await started()
    before = log.database.epoch
    (last,) = await log.appended(1)
    stream = await log.opened(cursor=last)
    log.database.epoch = "another"
    await log.advance()

    log.follower.close()

    assert last.startswith(before)
    assert (await anext(stream)).cursor == last


async def test_what_was_being_caught_up_with_is_dropped() -> None:
    log = Log()
    cursors = await log.append(3)
    await log.advance()
    log.follower._hub.recent.start(log.position(cursors[-1]))
    stream = log.open(cursor=cursors[0])
    asking = await settled(stream)
    log.database.epoch = "another"
    await log.advance()

    items = [await asking]
    while items[-1].event != "reset":
        items.append(await anext(stream))

    assert items[-1].cursor == f"another.{log.position(cursors[-1])}"
    cursors = await log.appended(1)
    assert await take(stream, 1) == cursors


async def test_while_it_cannot_be_looked_at_the_lag_grows() -> None:
    log = await started()
    stream = await log.opened()
    await went_back(log)
    log.database.available = False

    with pytest.raises(Unavailable):
        await log.advance()
    before = log.metrics.gauges["follower_lag_seconds"]
    await asyncio.sleep(0.002)
    assert log.metrics.gauges["follower_lag_seconds"] > before
    await stream.aclose()


async def test_a_new_epoch_is_drawn_once_where_the_server_tells_too() -> None:
    log = await started()
    monitor = EpochMonitor(MemoryUnitOfWork(log.database), log.metrics)
    await monitor.step()
    backup = log.database.state.copy()
    await log.appended(3)
    log.database.restore(backup, is_told=True)

    await log.advance()
    drawn = log.database.epoch
    await monitor.step()

    assert log.database.epoch == drawn == await monitor.current()


async def test_the_lasting_state_costs_a_look_in_a_while_and_not_for_each_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(follower, "CHECK", 60.0)
    log = await started()
    before = log.database.epoch
    log.database.epoch = "another"

    await log.appended(3)

    assert (await anext(log.open())).cursor.startswith(before)
