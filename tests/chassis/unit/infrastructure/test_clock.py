from datetime import UTC, datetime

from chassis.infrastructure.clock import system_clock


def test_the_clock_tells_the_time_in_utc() -> None:
    before = datetime.now(UTC)
    now = system_clock()

    assert before <= now <= datetime.now(UTC)
    assert now.tzinfo is UTC
