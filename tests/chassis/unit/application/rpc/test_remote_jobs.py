import asyncio

import msgspec
import pytest

from chassis.application.context import new_context, use_context
from chassis.application.errors import DeadlineExceeded, NotFound, OutcomeUnknown
from chassis.application.message import Message
from chassis.application.rpc.errors import JobFailed
from chassis.application.rpc.job_server import JobServer
from chassis.application.rpc.remote_jobs import RemoteJobs
from chassis.application.tracing.no_tracing import NoTracing
from chassis.infrastructure.memory.rpc import MemoryRpc
from tests.actors import running
from tests.chassis.recording_tracing import RecordingTracing
from tests.unit.support import RecordingMetrics


class Find(Message[str], frozen=True):
    """Answered with what is there."""

    name: str


class FindHandler:
    """Finds one thing alone."""

    async def __call__(self, message: Find) -> str:
        if message.name == "slow":
            await asyncio.sleep(60)
        if message.name != "kiln":
            raise NotFound(f"there is no {message.name}")
        return "here"


async def test_outcomes_are_counted_on_both_sides(metrics: RecordingMetrics) -> None:
    rpc, tracing = MemoryRpc(8), RecordingTracing()
    jobs = RemoteJobs(rpc, 10, 1000, metrics, tracing)
    server = JobServer(rpc.server(), {Find: FindHandler}, 1000, metrics, tracing)
    assert "remote_job_requests:Find:handled" in metrics.zeros
    async with running(server):
        await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        assert await jobs.ask(Find(name="kiln")) == "here"
        assert metrics.gauges["remote_job_calls_in_flight"] == 0
        with pytest.raises(NotFound):
            await jobs.ask(Find(name="oven"))
        with pytest.raises(DeadlineExceeded):
            await jobs.ask(Find(name="slow"), within=0.05)

    counters = metrics.counters
    assert counters["remote_job_calls:Find:answered"] == 1
    assert counters["remote_job_calls:Find:not-found"] == 1
    assert counters["remote_job_calls:Find:deadline-exceeded"] == 1
    assert counters["remote_job_requests:Find:handled"] == 1
    assert counters["remote_job_requests:Find:refused"] == 1
    # At the deadline the worker notices by itself, or hears of it from the caller.
    late = sum(
        counters.get(f"remote_job_requests:Find:{each}", 0) for each in ("expired", "cancelled")
    )
    assert late == 1
    assert len(metrics.observed["remote_job_duration_seconds:Find"]) == 3
    assert len(metrics.observed["remote_job_call_duration_seconds:Find"]) == 3


async def test_the_worker_s_span_is_a_child_of_the_caller_s(metrics: RecordingMetrics) -> None:
    rpc, tracing = MemoryRpc(8), RecordingTracing()
    jobs = RemoteJobs(rpc, 10, 1000, metrics, tracing)
    server = JobServer(rpc.server(), {Find: FindHandler}, 1000, metrics, tracing)
    async with running(server):
        await asyncio.sleep(0.05)
        with use_context(new_context()) as context:
            await jobs.ask(Find(name="kiln"))
            with pytest.raises(NotFound):
                await jobs.ask(Find(name="oven"))

    call, handled, failed, refused = tracing.spans
    assert [call.title, call.kind, handled.title, handled.kind] == [
        *("call Find", "client"),
        *("Find", "server"),
    ]
    assert call.parent == context.traceparent
    assert handled.parent == call.traceparent
    assert (failed.failed, refused.failed) == ("NotFound", "refused")
    assert [span.ended for span in tracing.spans] == [1, 1, 1, 1]


async def test_a_worker_without_remote_jobs_takes_nothing(metrics: RecordingMetrics) -> None:
    rpc = MemoryRpc(8)
    async with running(JobServer(rpc.server(), {}, 1000, metrics, RecordingTracing())):
        await asyncio.sleep(0.05)
        assert rpc.servers == []


async def test_a_duplicate_of_a_request_that_runs_is_acked(metrics: RecordingMetrics) -> None:
    # A worker whose connection was lost gets the request again, and still has it.
    rpc = MemoryRpc(8)
    side = rpc.server()
    server = JobServer(side, {Find: FindHandler}, 1000, metrics, RecordingTracing())
    jobs = RemoteJobs(rpc, 10, 1000, metrics, RecordingTracing())
    async with running(server):
        await asyncio.sleep(0.05)
        asking = asyncio.create_task(jobs.ask(Find(name="slow"), within=0.3))
        while not side._taken:
            await asyncio.sleep(0.01)
        [waiting] = side._taken.values()
        rpc.queues["Find"].append(msgspec.structs.replace(waiting, is_redelivered=True))
        rpc.notify()
        with pytest.raises(DeadlineExceeded):
            await asking

    assert "remote_job_requests:Find:unknown" not in metrics.counters


class CancelledInside:
    """Waits for work that was cancelled, and is not cancelled itself."""

    async def __call__(self, message: Find) -> str:
        work = asyncio.ensure_future(asyncio.sleep(60))
        work.cancel()
        await work
        return message.name


async def test_cancelled_work_of_a_handler_is_its_failure(metrics: RecordingMetrics) -> None:
    rpc = MemoryRpc(8)
    server = JobServer(rpc.server(), {Find: CancelledInside}, 1000, metrics, NoTracing())
    async with running(server):
        await asyncio.sleep(0.05)
        with pytest.raises(JobFailed):
            await RemoteJobs(rpc, 10, 1000, metrics, NoTracing()).ask(Find(name="kiln"))

    assert metrics.counters["remote_job_requests:Find:failed"] == 1


async def test_a_worker_whose_grace_is_over_says_so(metrics: RecordingMetrics) -> None:
    rpc = MemoryRpc(8)
    server = JobServer(rpc.server(), {Find: FindHandler}, 1000, metrics, NoTracing())
    stopping = asyncio.Event()
    serving = asyncio.create_task(server.run(stopping))
    await asyncio.sleep(0.05)
    jobs = RemoteJobs(rpc, 10, 1000, metrics, NoTracing())
    asking = asyncio.create_task(jobs.ask(Find(name="slow")))
    await asyncio.sleep(0.05)
    stopping.set()
    await asyncio.sleep(0.05)
    serving.cancel()

    with pytest.raises(OutcomeUnknown, match="the work may have been done"):
        await asking
    await asyncio.wait([serving])
