from typing import Any

import pytest

from chassis.application.actors.job import Job
from chassis.infrastructure.cron import Cron


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


@pytest.mark.parametrize("fields", ({"interval": None}, {"cron": Cron("0 3 * * *")}))
def test_it_has_either_an_interval_or_a_cron(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"^the job test needs either an interval or a cron$"):
        make_job(**fields)


def test_a_job_with_a_cron_is_limited_like_any_other() -> None:
    cron = Cron("0 3 * * *")
    assert make_job(interval=None, cron=cron).cron is cron
    with pytest.raises(ValueError, match="test needs an interval and a limit above 0 seconds"):
        make_job(interval=None, cron=cron, limit=0)


def test_it_says_its_timetable() -> None:
    cron = Cron("0 3 * * *")

    assert str(make_job(interval=None, cron=cron)) == f"{cron}, on each replica"
