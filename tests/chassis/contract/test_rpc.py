"""Calls of remote jobs, on each adapter: answers, errors, deadlines and cancellation."""

import asyncio
from collections.abc import AsyncIterator

import msgspec
import pytest

from chassis.application.context import new_context, use_context
from chassis.application.errors import (
    ApplicationError,
    Busy,
    DeadlineExceeded,
    LockHeld,
    NotFound,
    NoWorker,
    OutcomeUnknown,
    StaleGrant,
    TooMany,
    Unavailable,
)
from chassis.application.ports.rpc import RpcRequest
from chassis.application.rpc.errors import JobFailed
from chassis.domain.errors import Invalid
from tests.chassis.contract.rpc_jobs import (
    Handlers,
    Hold,
    Look,
    Mirror,
    Point,
    Raise,
    Trace,
    Unknown,
    Wrong,
)
from tests.chassis.contract.rpc_places import PLACES, SIZE, Place, Worker, caller
from tests.unit.support import RecordingMetrics

LONG = 15.0


class OrderClosed(ApplicationError):
    """An error of the service's own."""


ERRORS: list[Exception] = [
    NotFound("no order 7"),
    Busy("the kiln is full", 12),
    LockHeld("the kiln is locked", 3),
    StaleGrant("another one has the kiln"),
    Unavailable("PostgreSQL at 10.0.0.1 does not answer", "the orders cannot be read: try again"),
    OutcomeUnknown("the connection to the kiln was lost"),
    Invalid("size.width", "must be above 0"),
    OrderClosed("order 7 is closed"),
    ValueError("a bug, with a secret"),
]


@pytest.fixture
def handlers() -> Handlers:
    return Handlers(ERRORS)


@pytest.fixture(params=sorted(PLACES))
async def place(request: pytest.FixtureRequest) -> AsyncIterator[Place]:
    async with PLACES[request.param](request) as subject, asyncio.timeout(50):
        yield subject


@pytest.fixture
async def worker(place: Place, handlers: Handlers) -> AsyncIterator[Worker]:
    """A worker whose queues are there."""
    working = await started(place, handlers)
    yield working
    handlers.open.set()
    await working.stop()


async def started(place: Place, handlers: Handlers) -> Worker:
    working = Worker(place, handlers.table, RecordingMetrics())
    jobs = caller(place)
    while True:
        try:
            await jobs.ask(Mirror(point=Point(0, 0)), LONG)
        except NoWorker:
            await asyncio.sleep(0.02)
        else:
            return working


async def test_the_answer_has_the_type_that_the_message_names(place: Place, worker: Worker) -> None:
    jobs = caller(place)

    answers = await asyncio.gather(*(jobs.ask(Mirror(point=Point(n, 2)), LONG) for n in range(20)))

    assert answers == [Point(-n, -2) for n in range(20)]
    assert worker.metrics.counters["remote_job_requests:Mirror:handled"] == 21


@pytest.mark.parametrize("number", range(7))
async def test_an_error_of_the_handler_is_the_same_for_the_caller(
    place: Place, worker: Worker, number: int
) -> None:
    error = ERRORS[number]
    with pytest.raises(type(error)) as caught:
        await caller(place).ask(Raise(number=number), LONG)

    found = caught.value
    assert type(found) is type(error)
    expected = error.told if isinstance(error, ApplicationError) else str(error)
    assert (found.told if isinstance(found, ApplicationError) else str(found)) == expected
    for name in ("retry_after", "field", "reason"):
        assert getattr(found, name, None) == getattr(error, name, None)


async def test_a_service_s_own_error_is_its_nearest_base(place: Place, worker: Worker) -> None:
    with pytest.raises(ApplicationError, match="order 7 is closed") as caught:
        await caller(place).ask(Raise(number=7), LONG)

    assert type(caught.value) is ApplicationError


async def test_an_unforeseen_error_is_not_shown(
    place: Place, worker: Worker, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(JobFailed, match="the log of its worker") as caught:
        await caller(place).ask(Raise(number=8), LONG)

    assert "secret" not in str(caught.value)
    assert "a bug, with a secret" in caplog.text
    assert worker.metrics.counters["remote_job_requests:Raise:failed"] == 1


async def test_without_a_worker_the_caller_knows_at_once(place: Place, worker: Worker) -> None:
    with pytest.raises(NoWorker):
        await caller(place).ask(Unknown(), LONG)


async def test_a_handler_is_cancelled_at_the_deadline(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    with pytest.raises(DeadlineExceeded, match=r"no answer to Hold within 0\.3 s"):
        await caller(place).ask(Hold(name="late"), within=0.3)

    while not handlers.cancelled:
        await asyncio.sleep(0.01)
    assert (handlers.cancelled, handlers.done) == (["late"], [])


async def test_a_request_past_its_deadline_is_never_begun(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    jobs = caller(place)
    first = [asyncio.create_task(jobs.ask(Hold(name=n), LONG)) for n in ("a", "b")]
    await handlers.began(2)

    with pytest.raises(DeadlineExceeded):
        await jobs.ask(Hold(name="expired"), within=0.3)
    handlers.open.set()

    assert await asyncio.gather(*first) == ["A", "B"]
    assert await jobs.ask(Hold(name="later"), LONG) == "LATER"
    assert sorted(handlers.begun) == ["a", "b", "later"]


async def test_a_cancelled_call_cancels_its_handler(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    task = asyncio.create_task(caller(place).ask(Hold(name="left"), LONG))
    await handlers.began(1)
    task.cancel()

    while not handlers.cancelled:
        await asyncio.sleep(0.01)
    while "remote_job_requests:Hold:cancelled" not in worker.metrics.counters:
        await asyncio.sleep(0.01)
    assert task.cancelled()


async def test_a_call_that_is_cancelled_while_it_waits_is_never_begun(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    jobs = caller(place)
    first = [asyncio.create_task(jobs.ask(Hold(name=n), LONG)) for n in ("a", "b")]
    await handlers.began(2)
    waiting = asyncio.create_task(jobs.ask(Hold(name="left"), LONG))
    await asyncio.sleep(0.3)
    waiting.cancel()
    # The workers have heard of it once they have heard of the next.
    with pytest.raises(DeadlineExceeded):
        await jobs.ask(Hold(name="expired"), within=0.5)
    handlers.open.set()

    await asyncio.gather(*first)
    assert await jobs.ask(Hold(name="later"), LONG) == "LATER"
    assert sorted(handlers.begun) == ["a", "b", "later"]


async def test_a_stop_answers_what_has_begun_and_leaves_the_rest_to_others(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    jobs = caller(place)
    first = [asyncio.create_task(jobs.ask(Hold(name=n), LONG)) for n in ("a", "b")]
    await handlers.began(2)
    left = asyncio.create_task(jobs.ask(Hold(name="left"), LONG))
    await asyncio.sleep(0.3)

    stopping = asyncio.create_task(worker.stop())
    await asyncio.sleep(0.3)
    handlers.open.set()
    await stopping
    assert await asyncio.gather(*first) == ["A", "B"]
    assert not left.done()

    second = await started(place, handlers)
    assert await left == "LEFT"
    assert handlers.begun == ["a", "b", "left"]
    await second.stop()


async def test_the_call_of_a_worker_that_dies_is_not_done_again(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    asked = asyncio.create_task(caller(place).ask(Hold(name="once"), LONG))
    await handlers.began(1)
    second = Worker(place, handlers.table, RecordingMetrics())

    await worker.die()
    with pytest.raises(OutcomeUnknown):
        await asked
    assert handlers.begun == ["once"]
    await second.stop()


async def test_an_idempotent_call_of_a_worker_that_dies_is_done_by_another(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    asked = asyncio.create_task(caller(place).ask(Look(name="twice"), LONG))
    await handlers.began(1)

    await worker.die()
    second = Worker(place, handlers.table, RecordingMetrics())
    await handlers.began(2)
    handlers.open.set()
    assert await asked == "TWICE"
    await second.stop()


async def test_the_request_s_ids_go_with_it(place: Place, worker: Worker) -> None:
    context = new_context()
    with use_context(context):
        ids = await caller(place).ask(Trace(), LONG)

    assert ids == [context.request_id, context.traceparent, "rpc"]


async def test_a_request_that_cannot_be_read_is_answered(place: Place, worker: Worker) -> None:
    client = place.client()
    replies = [
        await client.call(RpcRequest(id=f"bad-{n}", job="Mirror", body=body, within=LONG))
        for n, body in enumerate((b"{", b'{"point":{"x":"one","y":2}}', b"\xff"))
    ]

    assert [msgspec.json.decode(reply)["error"]["kind"] for reply in replies] == 3 * ["invalid"]
    assert "point.x" in replies[1].decode()


async def test_an_answer_of_another_type_is_a_failure(place: Place, worker: Worker) -> None:
    with pytest.raises(JobFailed, match="the answer of Wrong is not what Wrong says"):
        await caller(place).ask(Wrong(), LONG)


async def test_calls_in_flight_and_their_sizes_are_bounded(
    place: Place, worker: Worker, handlers: Handlers
) -> None:
    jobs = caller(place, limit=1)
    first = asyncio.create_task(jobs.ask(Hold(name="a"), LONG))
    await handlers.began(1)

    with pytest.raises(Busy, match="too many calls"):
        await jobs.ask(Hold(name="b"), LONG)
    handlers.open.set()
    assert await first == "A"
    with pytest.raises(TooMany, match=f"at most {SIZE} bytes"):
        await jobs.ask(Hold(name=SIZE * "x"), LONG)
    with pytest.raises(TooMany, match=f"an answer of Hold has at most {SIZE} bytes"):
        await jobs.ask(Hold(name=(SIZE - 11) * "x"), LONG)


@pytest.mark.parametrize("within", (0.0, -1.0, 2000.0, float("nan")))
async def test_a_deadline_must_make_sense(place: Place, worker: Worker, within: float) -> None:
    with pytest.raises(ValueError, match="a deadline is above 0"):
        await caller(place).ask(Trace(), within)
