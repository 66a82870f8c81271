from typing import Any

import pytest

from chassis.application.actors.job import Job


async def nothing() -> bool:
    return False


def make_job(**fields: Any) -> Job:
    defaults: dict[str, Any] = {"name": "test", "step": nothing, "interval": 60.0}
    return Job(**(defaults | fields))


@pytest.mark.parametrize(
    ("fields", "reason"),
    (
        ({"name": ""}, "^a job needs a name$"),
        ({"interval": 0}, "test needs an interval and a limit above 0 seconds"),
        ({"limit": 0}, "test needs an interval and a limit above 0 seconds"),
        ({"limit": -1}, "test needs an interval and a limit above 0 seconds"),
        ({"jitter": 1}, "test needs a jitter from 0 to less than 1"),
        ({"jitter": -0.1}, "test needs a jitter from 0 to less than 1"),
    ),
)
def test_what_could_not_be_run_is_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        make_job(**fields)


def test_its_jitter_may_be_none_at_all() -> None:
    assert make_job(jitter=0).jitter == 0


def test_it_says_when_and_where_it_runs() -> None:
    assert str(make_job()) == "every 60 s, on each replica"
    assert str(make_job(interval=3600, leader_only=True)) == "every 3600 s, on the leader"
