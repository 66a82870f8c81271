"""How a worker handles a batch of durable jobs."""

import asyncio
from datetime import timedelta

import pytest
from msgspec import Raw
from msgspec.structs import replace

from chassis.application.context import current_context
from chassis.application.errors import Unavailable
from chassis.application.event import Event
from chassis.application.failures import Failures
from chassis.application.ports.subscription import Delivery, Rejection
from chassis.domain.errors import Invalid
from tests.chassis.unit.application.durable_jobs.jobs import (
    RETENTION,
    SOURCE,
    Resize,
    Setting,
    reasons,
)


@pytest.fixture
async def setting() -> Setting:
    return Setting()


def ids(events: list[Event]) -> set[str]:
    return {str(event.id) for event in events}


async def test_the_jobs_of_a_batch_run_at_the_same_time_and_enter_the_journal(
    setting: Setting,
) -> None:
    barrier = asyncio.Barrier(3)

    async def meet() -> None:
        await barrier.wait()

    setting.act = lambda _: meet()
    events = setting.events("a", "b", "c")
    assert reasons(await setting.handle(events)) == []
    assert setting.journal() == ids(events)
    assert setting.metrics.counters == {"durable_jobs:resize.v1:done": 3}


async def test_each_job_is_counted_from_0(setting: Setting) -> None:
    await setting.handle([])
    expected = {f"durable_jobs:resize.v1:{outcome}" for outcome in ("done", "failed", "refused")}
    assert setting.metrics.zeros == expected | {"durable_jobs_dead_lettered:resize.v1"}


async def test_a_dead_letter_is_counted_by_its_job_if_that_is_known(setting: Setting) -> None:
    for kind in ("durable-job.resize.v1", "durable-job.other.v1", None):
        rejection = Rejection(Delivery(1, b"1"), "failed: no", Failures(3), event_type=kind)
        setting.handle.count_dead_letter(rejection)

    assert setting.metrics.counters == {"durable_jobs_dead_lettered:resize.v1": 1}


async def test_a_job_that_is_done_does_not_run_again(setting: Setting) -> None:
    events = setting.events("a", "b")
    await setting.handle(events[:1])
    assert reasons(await setting.handle([*events, events[1]])) == []
    assert setting.began == ["a", "b"]


async def test_one_that_fails_may_pass_later_and_the_others_are_done(
    setting: Setting, caplog: pytest.LogCaptureFixture
) -> None:
    def act(job: Resize) -> None:
        if job.picture == "bad":
            raise RuntimeError("no such picture")

    setting.act = act
    events = setting.events("a", "bad", "c")
    handled = await setting.handle(events)
    assert reasons(handled) == [("resize.v1: no such picture", True)]
    assert handled.faults[0].event is events[1]
    assert setting.journal() == ids([events[0], events[2]])
    assert [record.message for record in caplog.records] == ["durable job failed"]

    setting.act = lambda _: None
    assert reasons(await setting.handle([events[1]])) == []
    assert setting.journal() == ids(events)


async def test_one_that_takes_too_long_fails(setting: Setting) -> None:
    setting.act = lambda _: asyncio.sleep(60)
    assert reasons(await setting.handle(setting.events("a"))) == [
        ("resize.v1: took longer than 0.05 s", True)
    ]
    assert setting.metrics.counters == {"durable_jobs:resize.v1:failed": 1}


async def test_a_timeout_of_its_own_is_an_error_like_any_other(setting: Setting) -> None:
    def act(_: Resize) -> None:
        raise TimeoutError

    setting.act = act
    assert reasons(await setting.handle(setting.events("a"))) == [("resize.v1: TimeoutError", True)]


async def test_one_that_the_handler_refuses_is_not_tried_again(setting: Setting) -> None:
    def act(_: Resize) -> None:
        raise Invalid("picture", "must be a PNG")

    setting.act = act
    handled = await setting.handle(setting.events("a"))
    assert reasons(handled) == [("picture: must be a PNG", False)]
    assert setting.metrics.counters == {"durable_jobs:resize.v1:refused": 1}


async def test_what_cannot_be_read_never_begins(setting: Setting) -> None:
    [event] = setting.events("a")
    [old] = setting.events("old")
    setting.clock.turn(seconds=RETENTION.total_seconds() + 1)
    wrong = [replace(event, data=Raw(data)) for data in (b"{}", b'{"picture":1}', b"\xff")]
    [good] = setting.events("good")
    wrong = [replace(each, id=id_) for each in wrong for id_ in [setting.events("x")[0].id]]
    found = reasons(await setting.handle([*wrong, old, good]))
    assert [may_pass for _, may_pass in found] == [False] * 4
    assert "before the retention" in found[3][0]
    assert setting.began == ["good"]


async def test_one_ahead_of_the_clock_is_retried(setting: Setting) -> None:
    setting.clock.turn(hours=1)
    events = setting.events("a")
    setting.clock.turn(hours=-1)
    [(reason, may_pass)] = reasons(await setting.handle(events))
    assert may_pass
    assert "ahead" in reason
    assert len(setting.ahead) == 1


async def test_while_the_database_is_away_no_job_begins(setting: Setting) -> None:
    setting.database.available = False
    with pytest.raises(Unavailable):
        await setting.handle(setting.events("a"))
    assert setting.began == []


async def test_a_job_that_fails_with_the_database_has_not_failed(setting: Setting) -> None:
    def act(_: Resize) -> None:
        setting.health.is_away = True
        raise Unavailable("the database does not answer")

    setting.act = act
    with pytest.raises(Unavailable):
        await setting.handle(setting.events("a"))


async def test_a_job_runs_under_the_request_and_trace_of_its_sender(setting: Setting) -> None:
    seen = []
    setting.act = lambda _: seen.append(current_context())
    trace = f"00-{'1' * 32}-{'2' * 16}-01"
    [event] = setting.events("a")
    await setting.handle([replace(event, request_id="r-1", traceparent=trace)])
    [context] = seen
    assert context is not None
    assert (context.request_id, context.traceparent) == ("r-1", trace)
    [entry] = setting.database.state.journal
    assert (entry.event.subject, entry.event.traceparent) == ("resize.v1", None)
    assert SOURCE not in entry.event.subject
    assert entry.event.time > setting.clock() - timedelta(seconds=1)
