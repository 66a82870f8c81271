from datetime import UTC, datetime

from benchmarks.past import begin_of


def test_the_last_day_is_today() -> None:
    now = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)

    assert begin_of(now, 1) == datetime(2026, 3, 4, tzinfo=UTC)
    assert begin_of(now, 3) == datetime(2026, 3, 2, tzinfo=UTC)
