"""The worker's side: what begins, what is cancelled, what is answered, and what is counted."""

import asyncio
import json
from collections.abc import Callable, Collection, Sequence
from typing import Any

import pytest

from chassis.application.context import Context, current_context
from chassis.application.errors import Unavailable
from chassis.application.message import Message
from chassis.application.ports.rpc import ReceivedCall, RpcRequest
from chassis.application.rpc import job_server
from chassis.application.rpc.job_server import JobServer
from chassis.application.tracing.no_tracing import NoTracing
from tests.actors import running
from tests.unit.support import RecordingMetrics

SECONDS = "remote_job_duration_seconds:Fire"
REQUESTS = "remote_job_requests:Fire"


class Fire(Message[str], frozen=True):
    """Fires a kiln."""

    kiln: str


class Kilns:
    """The handler: each kiln is fired once `open` is set."""

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.fired: list[str] = []
        self.contexts: list[Context | None] = []

    async def __call__(self, message: Fire) -> str:
        self.fired.append(message.kiln)
        self.contexts.append(current_context())
        await self.open.wait()
        return f"{message.kiln} is hot"


class Script:
    """A broker's side that gives what a test puts in, and keeps the replies."""

    def __init__(self) -> None:
        self.jobs: list[str] = []
        self.cancel: Callable[[str], None]
        self.replies: list[tuple[ReceivedCall, Any]] = []
        self.at_stop: Sequence[ReceivedCall] | Unavailable = ()
        self.is_closed = False
        self._calls: asyncio.Queue[ReceivedCall] = asyncio.Queue()

    async def start(self, jobs: Collection[str], cancel: Callable[[str], None]) -> None:
        self.jobs, self.cancel = list(jobs), cancel

    async def receive(self) -> Sequence[ReceivedCall]:
        return [await self._calls.get()]

    def reply(self, call: ReceivedCall, body: bytes | None) -> None:
        self.replies.append((call, body and json.loads(body)))

    async def stop(self) -> Sequence[ReceivedCall]:
        if isinstance(self.at_stop, Unavailable):
            raise self.at_stop
        return self.at_stop

    async def close(self) -> None:
        self.is_closed = True

    def put(self, call: ReceivedCall) -> ReceivedCall:
        self._calls.put_nowait(call)
        return call


class Worker:
    """A job server with its handler and its script."""

    def __init__(self, metrics: RecordingMetrics) -> None:
        self.kilns, self.script, self.metrics = Kilns(), Script(), metrics
        self.server = JobServer(self.script, {Fire: lambda: self.kilns}, 1000, metrics, NoTracing())

    @property
    def running(self) -> float:
        return self.metrics.gauges["remote_job_requests_running"]

    async def begun(self, count: int = 1) -> None:
        """Wait until so many have begun."""
        async with asyncio.timeout(5):
            while len(self.kilns.fired) < count:
                await asyncio.sleep(0)

    async def replied(self, count: int = 1) -> list[tuple[ReceivedCall, Any]]:
        """Wait for so many replies, and return them all."""
        async with asyncio.timeout(5):
            while len(self.script.replies) < count:
                await asyncio.sleep(0)
        return self.script.replies


@pytest.fixture
def worker(metrics: RecordingMetrics) -> Worker:
    return Worker(metrics)


def call(identity: str, job: str = "Fire") -> ReceivedCall:
    """Return a call, whose kiln has the name of its id."""
    request = RpcRequest(
        id=identity,
        job=job,
        body=json.dumps({"kiln": identity}).encode(),
        within=30.0,
        request_id=f"request-{identity}",
        traceparent=f"00-{'a' * 32}-{'b' * 16}-01",
    )
    return ReceivedCall(1, request, "caller")


async def test_a_request_runs_is_answered_and_counted(worker: Worker) -> None:
    async with running(worker.server):
        first = worker.script.put(call("a"))
        await worker.begun()
        assert worker.running == 1
        worker.kilns.open.set()
        assert await worker.replied() == [(first, {"result": "a is hot"})]
        await asyncio.sleep(0)
        assert worker.running == 0

    assert worker.script.jobs == ["Fire"]
    [context] = worker.kilns.contexts
    assert context is not None
    assert (context.transport, context.request_id) == ("rpc", "request-a")
    assert context.traceparent is not None
    assert context.traceparent.split("-")[1] == "a" * 32
    assert worker.metrics.counters == {f"{REQUESTS}:handled": 1}
    [seconds] = worker.metrics.observed[SECONDS]
    assert 0 <= seconds < 5
    assert worker.script.is_closed


async def test_every_outcome_is_there_from_the_start(worker: Worker) -> None:
    outcomes = ("handled", "refused", "failed", "expired", "cancelled", "unknown")
    assert worker.metrics.zeros >= {f"{REQUESTS}:{outcome}" for outcome in outcomes}


async def test_several_run_at_once(worker: Worker) -> None:
    async with running(worker.server):
        calls = [worker.script.put(call(name)) for name in "abc"]
        await worker.begun(3)
        assert worker.running == 3
        worker.kilns.open.set()
        answered = await worker.replied(3)
    assert [each for each, _ in answered] == calls


async def test_an_unknown_job_is_refused_under_one_name(worker: Worker) -> None:
    async with running(worker.server):
        asked = worker.script.put(call("a", job="Glaze"))
        [(answered, reply)] = await worker.replied()

    assert answered is asked
    assert "no job Glaze" in json.dumps(reply)
    assert worker.metrics.counters == {"remote_job_requests:(unknown):refused": 1}
    assert not worker.metrics.observed


async def test_a_copy_of_a_running_request_is_acked_alone(worker: Worker) -> None:
    async with running(worker.server):
        first = worker.script.put(call("a"))
        await worker.begun()
        copy = worker.script.put(call("a"))
        assert await worker.replied() == [(copy, None)]
        worker.kilns.open.set()
        assert (await worker.replied(2))[1] == (first, {"result": "a is hot"})
    assert worker.kilns.fired == ["a"]
    assert worker.metrics.counters == {f"{REQUESTS}:handled": 1}


async def test_one_whose_caller_has_left_before_does_not_run(worker: Worker) -> None:
    worker.kilns.open.set()
    async with running(worker.server):
        worker.script.put(call("first"))
        await worker.replied()
        worker.script.cancel("a")
        left = worker.script.put(call("a"))
        assert (await worker.replied(2))[1] == (left, None)
        # That is over: the id is free again.
        worker.script.put(call("a"))
        assert (await worker.replied(3))[2][1] == {"result": "a is hot"}
    assert worker.kilns.fired == ["first", "a"]
    assert worker.metrics.counters == {f"{REQUESTS}:handled": 2, f"{REQUESTS}:cancelled": 1}


async def test_one_whose_caller_leaves_meanwhile_is_cancelled(worker: Worker) -> None:
    async with running(worker.server):
        left = worker.script.put(call("a"))
        await worker.begun()
        worker.script.cancel("a")
        assert await worker.replied() == [(left, None)]
        await asyncio.sleep(0)
        assert worker.running == 0
        worker.kilns.open.set()
        worker.script.put(call("a"))
        assert (await worker.replied(2))[1][1] == {"result": "a is hot"}
    assert worker.metrics.counters == {f"{REQUESTS}:handled": 1, f"{REQUESTS}:cancelled": 1}
    assert len(worker.metrics.observed[SECONDS]) == 2


async def test_only_the_last_that_left_are_remembered(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_server, "LEFT", 2)
    worker.kilns.open.set()
    async with running(worker.server):
        worker.script.put(call("first"))
        await worker.replied()
        for name in "abc":
            worker.script.cancel(name)
        for name in "abc":
            worker.script.put(call(name))
        await worker.replied(4)
    assert worker.kilns.fired == ["first", "a"]


async def test_a_stop_answers_what_has_come(worker: Worker) -> None:
    last = call("last")
    worker.script.at_stop = [last]
    stopping = asyncio.Event()
    serving = asyncio.create_task(worker.server.run(stopping))
    first = worker.script.put(call("first"))
    await worker.begun()
    stopping.set()
    await worker.begun(2)
    assert not worker.script.is_closed
    worker.kilns.open.set()
    async with asyncio.timeout(5):
        await serving

    assert [each for each, _ in worker.script.replies] == [first, last]
    assert worker.script.is_closed


async def test_a_stop_without_the_broker_answers_what_runs(worker: Worker) -> None:
    worker.script.at_stop = Unavailable("the broker is away")
    worker.kilns.open.set()
    async with running(worker.server):
        worker.script.put(call("a"))
        await worker.replied()
    assert worker.script.is_closed


async def test_a_worker_whose_time_is_over_says_what_it_did(worker: Worker) -> None:
    serving = asyncio.create_task(worker.server.run(asyncio.Event()))
    worker.script.put(call("a"))
    await worker.begun()
    serving.cancel()
    await asyncio.wait([serving], timeout=5)

    assert serving.cancelled()
    [(_, reply)] = worker.script.replies
    assert reply["error"]["kind"] == "outcome-unknown"
    assert worker.metrics.counters == {f"{REQUESTS}:unknown": 1}
    assert worker.running == 0
    assert worker.script.is_closed


async def test_without_jobs_it_takes_none(metrics: RecordingMetrics) -> None:
    script = Script()
    async with running(JobServer(script, {}, 1000, metrics, NoTracing())):
        script.put(call("a"))
        await asyncio.sleep(0.02)
        assert script.jobs == []
    assert script.replies == []
