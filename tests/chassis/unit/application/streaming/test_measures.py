"""The metrics of the follower and of its streams."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.application.streaming import follower, reader
from tests.chassis.unit.application.streaming.log import Log, started, take
from tests.unit.support import ManualTime


def test_each_end_of_a_stream_is_counted_from_the_start() -> None:
    reasons = ("left", "draining", "too_slow", "stuck", "failed")

    assert {f"streams_closed:{reason}" for reason in reasons} <= Log().metrics.zeros


async def test_it_measures_how_long_a_delivery_takes_until_the_first_stream_has_it() -> None:
    log = await started()
    streams = [await log.opened() for _ in range(2)]
    registered_at = datetime.now(UTC) - timedelta(seconds=3)
    cursors = await log.appended(1, now=registered_at)
    for stream in streams:
        assert await take(stream, 1) == cursors

    (seconds,) = log.metrics.observed["event_delivery_seconds:notification.registered.v1"]
    assert 3 <= seconds < 4


async def test_a_delivery_from_a_clock_that_is_ahead_took_no_time() -> None:
    log = await started()
    stream = await log.opened()
    ahead = datetime.now(UTC) + timedelta(hours=1)

    cursors = await log.appended(1, now=ahead)
    assert await take(stream, 1) == cursors

    assert log.metrics.observed["event_delivery_seconds:notification.registered.v1"] == [0]


async def test_what_a_stream_resumes_with_says_nothing_of_deliveries() -> None:
    log = await started()
    cursors = await log.appended(2)
    stream = await log.opened(cursor=log.cursor(0))
    assert await take(stream, 2) == cursors

    assert log.metrics.observed["event_delivery_seconds:notification.registered.v1"] == []


async def test_it_shows_where_it_is_and_what_it_holds() -> None:
    log = Log()
    assert log.metrics.gauges["journal_position"] == 0
    await log.advance()
    *_, last = await log.appended(3)

    assert log.metrics.observed["actor_batch_size:follower"] == [3]
    gauges = log.metrics.gauges
    assert gauges["journal_position"] == log.position(last)
    assert gauges["tail_entries"] == 3
    assert gauges["tail_bytes"] > 3000


async def test_it_lags_from_when_it_was_last_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    time = ManualTime()
    monkeypatch.setattr(follower, "time", time)
    monkeypatch.setattr(reader, "FIRST_BATCH", 1)
    monkeypatch.setattr(reader, "BATCH", 1)
    log = Log()
    time.now += 7
    assert log.metrics.gauges["follower_lag_seconds"] == 7
    await log.advance()
    time.now += 7
    await log.append(1)
    assert log.follower.offer(log.database.state.journal)
    lags = [log.metrics.gauges["follower_lag_seconds"]]
    await log.append(1)
    for has_more in (True, False):
        time.now += 7
        assert await log.follower.step() is has_more
        lags.append(log.metrics.gauges["follower_lag_seconds"])

    assert lags == [0, 7, 0]
