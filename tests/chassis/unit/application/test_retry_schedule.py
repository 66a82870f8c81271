import pytest

from chassis.application.retry_schedule import LONGEST_DELAY, SHORTEST_DELAY, RetrySchedule


def test_a_retry_schedule_is_read_in_seconds() -> None:
    assert RetrySchedule.read("1, 10,60 ,0.5").delays == (1, 10, 60, 0.5)
    assert RetrySchedule.read("0.001,604800").delays == (SHORTEST_DELAY, LONGEST_DELAY)
    assert RetrySchedule.read(" none ").delays == ()
    assert RetrySchedule.read(",".join("1" * 16)).delays == (1,) * 16


@pytest.mark.parametrize(
    ("text", "problem"),
    (
        ("1;10", "^write seconds with commas between, as 1,10,60, or none$"),
        ("1,,2", "with commas between"),
        ("soon", "with commas between"),
        ("0", "each delay must be between"),
        ("-1", "each delay must be between"),
        ("nan", "each delay must be between"),
        ("inf", "each delay must be between"),
        ("604801", "each delay must be between 0.001 and 604800 seconds"),
        (",".join("1" * 17), "at most 16 delays"),
    ),
)
def test_what_is_no_retry_schedule_is_told(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        RetrySchedule.read(text)


def test_each_failure_waits_for_its_delay_and_the_last_one_nowhere() -> None:
    schedule = RetrySchedule((1, 10))

    assert [schedule.delay(failures) for failures in (1, 2, 3, 4)] == [1, 10, None, None]


def test_without_delays_the_first_failure_is_the_last() -> None:
    assert RetrySchedule().delay(1) is None
