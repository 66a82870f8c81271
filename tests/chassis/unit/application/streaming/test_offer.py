import asyncio

from chassis.application.ports.journal import Entry
from tests.chassis.unit.application.streaming.log import Log, assert_idle, settled, started, take


def newest(log: Log, count: int) -> list[Entry]:
    return log.database.state.journal[-count:]


async def test_the_next_entries_are_streamed_without_the_database() -> None:
    log = await started()
    stream = await log.opened()
    asking = await settled(stream)
    cursors = await log.append(1)
    log.database.available = False

    assert log.follower.offer(newest(log, 1))

    assert (await asking).cursor == cursors[0]
    assert log.metrics.gauges["journal_position"] == log.position(cursors[0])


async def test_what_was_offered_does_not_come_again() -> None:
    log = await started()
    stream = await log.opened()
    cursors = await log.append(1)
    log.follower.offer(newest(log, 1))

    cursors += await log.appended(3)

    assert await take(stream, 4) == cursors
    await assert_idle(stream)


async def test_what_is_offered_while_the_follower_reads_comes_once() -> None:
    log = await started()
    stream = await log.opened()
    cursors = await log.append(1)
    reading = asyncio.ensure_future(log.follower.step())
    await asyncio.sleep(0)
    log.follower.offer(newest(log, 1))

    await reading

    assert await take(stream, 1) == cursors
    await assert_idle(stream)


async def test_where_others_have_written_in_between_it_is_read() -> None:
    log = await started()
    stream = await log.opened()
    cursors = await log.append(2)

    assert not log.follower.offer(newest(log, 1))

    await log.advance()
    assert await take(stream, 2) == cursors


async def test_before_the_start_nothing_is_taken() -> None:
    log = Log()
    cursors = await log.append(1)
    assert not log.follower.offer(newest(log, 1))

    await log.advance()

    stream = await log.opened(cursor=log.cursor(0))
    assert await take(stream, 1) == cursors
