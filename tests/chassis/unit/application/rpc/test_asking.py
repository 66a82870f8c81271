"""The request of a remote job, and the limits of its caller."""

import asyncio
import json
from collections.abc import Awaitable, Callable

import pytest

from chassis.application.context import new_context, use_context
from chassis.application.errors import Busy, DeadlineExceeded, NotFound, TooMany
from chassis.application.message import Message
from chassis.application.ports.rpc import LONGEST, RpcRequest
from chassis.application.rpc.errors import JobFailed
from chassis.application.rpc.remote_jobs import RemoteJobs
from chassis.application.rpc.replies import encode_error, encode_result
from chassis.application.tracing.no_tracing import NoTracing
from tests.chassis.recording_tracing import RecordingTracing
from tests.chassis.unit.virtual_time import in_virtual_time
from tests.unit.support import RecordingMetrics

TRACEPARENT = f"00-{'a' * 32}-{'b' * 16}-01"


class Count(Message[int], frozen=True):
    """Count something."""

    what: str


class Workers:
    """Keeps the requests, and replies as it is told."""

    def __init__(self) -> None:
        self.requests: list[RpcRequest] = []
        self.reply: Callable[[], Awaitable[bytes]] = self.answer

    async def answer(self) -> bytes:
        return encode_result(3)

    async def never(self) -> bytes:
        await asyncio.Event().wait()
        return b""

    async def call(self, request: RpcRequest) -> bytes:
        self.requests.append(request)
        return await self.reply()


@pytest.fixture
def workers() -> Workers:
    return Workers()


@pytest.fixture
def jobs(workers: Workers, metrics: RecordingMetrics) -> RemoteJobs:
    return RemoteJobs(workers, 2, 20, metrics, NoTracing())


async def test_a_request_says_who_asks_what_and_for_how_long(
    jobs: RemoteJobs, workers: Workers, metrics: RecordingMetrics
) -> None:
    with use_context(new_context("r-1", TRACEPARENT)):
        assert await jobs.ask(Count(what="cups")) == 3
    assert await jobs.ask(Count(what="cups"), within=7) == 3

    first, second = workers.requests
    assert (first.job, json.loads(first.body), first.within) == ("Count", {"what": "cups"}, 5)
    assert (first.request_id, first.traceparent) == ("r-1", TRACEPARENT)
    assert (second.within, second.request_id, second.traceparent) == (7, None, None)
    process, _, number = first.id.rpartition("-")
    assert (number, second.id) == ("1", f"{process}-2")
    assert len(process) == 32
    assert metrics.counters == {"remote_job_calls:Count:answered": 2}
    assert len(metrics.observed["remote_job_call_duration_seconds:Count"]) == 2


async def test_a_traced_request_carries_its_span(
    workers: Workers, metrics: RecordingMetrics
) -> None:
    tracing = RecordingTracing()
    with use_context(new_context("r-1", TRACEPARENT)):
        await RemoteJobs(workers, 2, 20, metrics, tracing).ask(Count(what="cups"))
    await RemoteJobs(workers, 2, 20, metrics, tracing).ask(Count(what="cups"))

    first, second = tracing.spans
    assert (first.title, first.kind, first.attributes) == (
        "call Count",
        "client",
        {"rpc.method": "Count"},
    )
    assert (first.parent, second.parent) == (TRACEPARENT, None)
    assert [each.traceparent for each in workers.requests] == [
        first.traceparent,
        second.traceparent,
    ]


@in_virtual_time
async def test_so_many_calls_are_in_flight_and_no_more(
    jobs: RemoteJobs, workers: Workers, metrics: RecordingMetrics
) -> None:
    workers.reply = workers.never
    asking = [asyncio.create_task(jobs.ask(Count(what="cups"))) for _ in range(2)]
    await asyncio.sleep(0)
    assert metrics.gauges["remote_job_calls_in_flight"] == 2

    with pytest.raises(Busy) as full:
        await jobs.ask(Count(what="cups"))

    told = "too many calls of remote jobs are in flight: try again"
    assert (str(full.value), full.value.retry_after) == (told, 1)
    late = await asyncio.gather(*asking, return_exceptions=True)
    assert [str(each) for each in late] == ["no answer to Count within 5 s"] * 2
    assert [type(each) for each in late] == [DeadlineExceeded] * 2
    assert metrics.gauges["remote_job_calls_in_flight"] == 0
    assert metrics.counters == {
        "remote_job_calls:Count:busy": 1,
        "remote_job_calls:Count:deadline-exceeded": 2,
    }


async def test_a_request_has_a_size(jobs: RemoteJobs, workers: Workers) -> None:
    await jobs.ask(Count(what="x" * 9))
    with pytest.raises(TooMany, match=r"^a request for Count has at most 20 bytes, not 21$"):
        await jobs.ask(Count(what="x" * 10))

    assert len(workers.requests) == 1


@pytest.mark.parametrize("within", (0, -1, LONGEST + 1))
async def test_a_deadline_has_bounds(jobs: RemoteJobs, workers: Workers, within: float) -> None:
    with pytest.raises(ValueError, match=r"^a deadline is above 0 and at most 1500 seconds$"):
        await jobs.ask(Count(what="cups"), within=within)

    assert workers.requests == []


async def test_the_longest_deadline_is_taken(jobs: RemoteJobs) -> None:
    assert await jobs.ask(Count(what="cups"), within=LONGEST) == 3


async def test_an_error_of_the_handler_is_the_callers(
    jobs: RemoteJobs, workers: Workers, metrics: RecordingMetrics
) -> None:
    async def refuse() -> bytes:
        return encode_error(NotFound("no cups"))

    workers.reply = refuse
    with pytest.raises(NotFound, match=r"^no cups$"):
        await jobs.ask(Count(what="cups"))

    assert metrics.counters == {"remote_job_calls:Count:not-found": 1}


@pytest.mark.parametrize("reply", (b'{"result":"three"}', b"[", b"{"))
async def test_an_answer_of_another_type_is_a_failure(
    jobs: RemoteJobs, workers: Workers, metrics: RecordingMetrics, reply: bytes
) -> None:
    async def odd() -> bytes:
        return reply

    workers.reply = odd
    with pytest.raises(JobFailed, match=r"^the answer of Count is not what Count says: "):
        await jobs.ask(Count(what="cups"))

    assert metrics.counters == {"remote_job_calls:Count:internal": 1}


async def test_an_error_of_time_inside_the_client_is_its_own(
    jobs: RemoteJobs, workers: Workers
) -> None:
    async def late() -> bytes:
        raise TimeoutError("of its own")

    workers.reply = late
    with pytest.raises(TimeoutError, match=r"^of its own$"):
        await jobs.ask(Count(what="cups"))


async def test_a_cancelled_call_is_counted(
    jobs: RemoteJobs, workers: Workers, metrics: RecordingMetrics
) -> None:
    workers.reply = workers.never
    asking = asyncio.create_task(jobs.ask(Count(what="cups")))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)

    assert metrics.counters == {"remote_job_calls:Count:cancelled": 1}
    assert metrics.gauges["remote_job_calls_in_flight"] == 0
