"""One call in a worker: its outcome, its reply, and what is logged."""

import asyncio
from typing import Any

import pytest

from tests.chassis.recording_tracing import RecordingTracing
from tests.chassis.unit.application.rpc.jobs import SIZE, Doer, asked, call, handled
from tests.chassis.unit.virtual_time import in_virtual_time
from tests.unit.support import lines

FAILED = {"kind": "internal", "message": "the job failed: the log of its worker has the reason"}


async def test_an_answer_is_the_handlers() -> None:
    assert await handled(asked("tidy")) == ("handled", {"result": "did tidy"})
    outcome, reply = await handled(asked("long"))
    assert (outcome, len(reply["result"])) == ("handled", SIZE - 13)


async def test_an_answer_that_is_too_long_is_refused() -> None:
    assert await handled(asked("longer")) == (
        "refused",
        {
            "error": {
                "kind": "too-many",
                "message": "an answer of Do has at most 100 bytes, not 101",
            }
        },
    )


@pytest.mark.parametrize(
    ("what", "error"),
    (
        ("absent", {"kind": "not-found", "message": "there is no kiln"}),
        ("busy", {"kind": "busy", "message": "too much", "retry_after": 7}),
        (
            "bad",
            {
                "kind": "invalid",
                "message": "what: must be good",
                "field": "what",
                "reason": "must be good",
            },
        ),
    ),
)
async def test_an_error_that_callers_know_is_the_reply(what: str, error: dict[str, Any]) -> None:
    assert await handled(asked(what)) == ("refused", {"error": error})


async def test_an_outage_is_logged_and_names_no_server(caplog: pytest.LogCaptureFixture) -> None:
    outcome, reply = await handled(asked("away"))

    assert outcome == "refused"
    assert reply["error"] == {
        "kind": "unavailable",
        "message": "a server behind the service does not answer: try again",
    }
    [line] = lines(caplog, "a server does not answer")
    assert line["reason"] == "db:5432 does not answer"


@pytest.mark.parametrize("what", ("bug", "late"))
async def test_an_unforeseen_error_is_logged_and_not_shown(
    caplog: pytest.LogCaptureFixture, what: str
) -> None:
    assert await handled(asked(what)) == ("failed", {"error": FAILED})

    [line] = lines(caplog, "job failed")
    assert line["job"] == "Do"
    assert line["exc_info"]


async def test_an_answer_that_json_cannot_have_is_a_failure(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert await handled(asked("odd")) == ("failed", {"error": FAILED})

    [line] = lines(caplog, "the answer of a job is not JSON")
    assert line["job"] == "Do"


@in_virtual_time
async def test_a_job_has_the_time_that_its_caller_gave() -> None:
    began = asyncio.get_running_loop().time()

    assert await handled(asked("slow")) == (
        "expired",
        {
            "error": {
                "kind": "deadline-exceeded",
                "message": "the answer took too long: try again",
            }
        },
    )
    assert asyncio.get_running_loop().time() - began == 5


async def test_a_job_that_no_worker_has_is_refused() -> None:
    outcome, reply = await handled(asked("tidy", "Other"))

    assert outcome == "refused"
    assert reply["error"] == {"kind": "not-served", "message": "this worker has no job Other"}


@pytest.mark.parametrize("body", (b"{}", b"[", b'{"what":"\xff"}'))
async def test_a_malformed_request_is_refused(body: bytes) -> None:
    outcome, reply = await handled(call(body))

    assert outcome == "refused"
    assert (reply["error"]["kind"], reply["error"]["field"]) == ("invalid", "Do")
    assert reply["error"]["reason"]


async def test_a_redelivered_request_is_done_again_only_if_that_does_no_harm() -> None:
    outcome, reply = await handled(asked("tidy", is_redelivered=True))
    assert outcome == "unknown"
    assert reply["error"] == {
        "kind": "outcome-unknown",
        "message": "the answer was lost: the work may have been done, or not",
    }
    again = asked("tidy", "Repeat", is_redelivered=True)
    assert await handled(again) == ("handled", {"result": "did tidy"})


async def test_a_traced_job_runs_under_its_span() -> None:
    tracing = RecordingTracing()
    del Doer.contexts[:]
    received = asked("tidy")

    assert (await handled(received, tracing))[0] == "handled"
    assert (await handled(asked("absent"), tracing))[0] == "refused"

    done, refused = tracing.spans
    assert (done.title, done.kind, done.parent) == ("Do", "server", received.request.traceparent)
    assert done.attributes == {"rpc.method": "Do"}
    assert (done.failed, refused.failed) == (None, "refused")
    context = Doer.contexts[0]
    assert context is not None
    assert (context.request_id, context.traceparent) == ("r-1", done.traceparent)
    assert context.transport == "rpc"
