"""JSON-RPC 2.0, as its specification has it."""

import json
from typing import Any

import pytest

from app.application.notification.messages import GetNotification, Register
from chassis.application.context import Context, current_context
from chassis.application.errors import (
    ApplicationError,
    Busy,
    ConstraintViolated,
    Forbidden,
    KeyReused,
    LockHeld,
    LockLost,
    NotFound,
    NotServed,
    StaleGrant,
    TooMany,
    Unauthorized,
    Unavailable,
)
from chassis.domain.errors import Invalid
from tests.request_lines import RequestLines
from tests.unit.jsonrpc.talk import IDENTITY, ONE, Talk, get
from tests.unit.support import lines

HEAD = b'{"jsonrpc":"2.0","id":1,"method":"notifications.get","params":'


def raising(error: Exception) -> Any:
    async def handle(message: Any) -> Any:
        raise error

    return handle


@pytest.mark.parametrize("identity", (1, 0, -7, 1.5, "one", "", None, 10**30, "\u2028é"))
async def test_a_request_is_answered_under_its_id(identity: Any) -> None:
    talk = Talk()
    talk.call("notifications.register", identity, notifications=[ONE])

    assert talk.told() == [{"jsonrpc": "2.0", "id": identity, "result": {"ids": [str(IDENTITY)]}}]


async def test_a_notification_is_done_and_not_answered() -> None:
    done: list[Any] = []

    async def handle(message: Register) -> Any:
        done.append(message)
        if len(done) > 1:
            raise NotFound("nothing")

    talk = Talk({Register: handle})
    for _ in range(2):
        talk.send(
            {
                "jsonrpc": "2.0",
                "method": "notifications.register",
                "params": {"notifications": [ONE]},
            }
        )
    talk.send({"jsonrpc": "2.0", "method": "nowhere"})
    talk.send({"jsonrpc": "2.0", "method": "notifications.register", "params": {"what": 1}})

    assert len(done) == 2
    assert talk.told() == []


@pytest.mark.parametrize(
    ("message", "code", "said"),
    (
        (b"", -32700, "ends too early"),
        (b"{", -32700, "ends too early"),
        (b"nonsense", -32700, "invalid character"),
        (b'{"jsonrpc":"1.0","id":1', -32700, "ends too early"),
        (b"\xff", -32700, "is not JSON"),
        (b'{"jsonrpc":"2.0","method":"\xff"}', -32700, "is not UTF-8"),
        (b'{"jsonrpc":"2.0","method":"x","id":"\\ud800"}', -32700, "surrogate"),
        (HEAD + b'{"id":"\xff"}}', -32700, "is not UTF-8"),
        (HEAD + b'{"id":"\\ud800"}}', -32700, "surrogate"),
        (HEAD + b'{"\xff":1}}', -32700, "is not UTF-8"),
        (b"[" * 100_000, -32700, "nested too deep"),
        (HEAD + b"[" * 100_000 + b"]" * 100_000 + b"}", -32700, "nested too deep"),
        (b"[]", -32600, "a batch has 1 to 100 requests"),
        (b"[" + b",".join([b"1"] * 101) + b"]", -32600, "a batch has 1 to 100 requests"),
        (b"1", -32600, "expected `object | array`"),
        (b"null", -32600, "expected `object | array`"),
        (b"{}", -32600, 'jsonrpc: must be "2.0"'),
        (b'{"jsonrpc":"2.0"}', -32600, "method: is missing"),
        (b'{"jsonrpc":"2.0","method":1}', -32600, "method: expected `str`"),
        (b'{"jsonrpc":"2.0","method":"x","id":[1]}', -32600, "id: expected"),
        (b'{"jsonrpc":"2.0","method":"x","id":true}', -32600, "id: expected"),
        (b'{"jsonrpc":"2.0","method":"x","id":%s}' % (b"1" * 5000), -32600, "out of range"),
    ),
)
async def test_what_is_no_request_is_told_so(message: bytes, code: int, said: str) -> None:
    talk = Talk()
    talk.send(message)
    error = talk.error()

    assert error["code"] == code
    assert said in error["message"]
    assert error["data"]["kind"] == "malformed"
    assert error["data"]["request_id"]


async def test_the_id_of_a_malformed_request_is_told_where_it_can_be_read() -> None:
    talk = Talk()
    talk.send({"jsonrpc": "1.0", "id": "mine", "method": "notifications.get"})
    error = talk.error()

    assert (error["id"], error["code"], error["message"]) == (
        "mine",
        -32600,
        'jsonrpc: must be "2.0"',
    )


async def test_an_unknown_method_is_told_with_the_one_that_was_meant() -> None:
    talk = Talk()
    talk.call("notifications.regster")
    error = talk.error()

    assert (error["code"], error["data"]["kind"]) == (-32601, "not-found")
    assert "did you mean notifications.register?" in error["message"]


@pytest.mark.parametrize(
    ("error", "code", "kind"),
    (
        (NotFound("no"), -32001, "not-found"),
        (NotServed("no"), -32002, "not-served"),
        (TooMany("no"), -32003, "too-many"),
        (Unauthorized("no"), -32004, "unauthorized"),
        (Forbidden("no"), -32004, "forbidden"),
        (Unavailable("10.0.0.7 is away", "no"), -32005, "unavailable"),
        (LockHeld("no", 1), -32005, "lock-held"),
        (LockLost("no"), -32005, "lock-lost"),
        (StaleGrant("no"), -32005, "stale-grant"),
        (KeyReused("no"), -32602, "key-reused"),
        (ConstraintViolated("no"), -32602, "constraint-violated"),
        (ApplicationError("no"), -32000, "conflict"),
    ),
)
async def test_each_error_has_a_code_and_a_word(
    error: ApplicationError, code: int, kind: str
) -> None:
    talk = Talk({GetNotification: raising(error)})
    talk.send(get())
    told = talk.error()

    assert (told["code"], told["message"], told["data"]["kind"]) == (code, "no", kind)


async def test_busy_says_when_to_come_back() -> None:
    talk = Talk({GetNotification: raising(Busy("no", 7))})
    talk.send(get())

    assert talk.error()["data"]["retry_after"] == 7


async def test_an_invalid_value_is_told_by_its_field() -> None:
    talk = Talk({GetNotification: raising(Invalid("since", "must be before until"))})
    talk.send(get())
    error = talk.error()

    assert error["code"] == -32602
    assert error["message"] == "since: must be before until"
    assert error["data"]["errors"] == [{"field": "since", "message": "must be before until"}]


async def test_an_unforeseen_error_is_logged_and_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    talk = Talk({GetNotification: raising(LookupError("a secret"))})
    talk.send(get())
    error = talk.error()

    assert error["code"] == -32603
    assert "secret" not in json.dumps(error)
    assert list(error["data"]) == ["request_id"]
    [line] = lines(caplog, "unforeseen error")
    assert line["exc_info"][0] is LookupError


@pytest.mark.parametrize(
    ("meta", "is_taken"),
    (
        ({"request_id": "abc-1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}, True),
        ({"request_id": "no spaces", "traceparent": "00-nonsense"}, False),
        ({}, False),
    ),
)
async def test_ids_of_the_caller_are_continued(meta: dict[str, str], is_taken: bool) -> None:
    seen: list[Context | None] = []

    async def handle(message: Any) -> None:
        seen.append(current_context())

    talk = Talk({GetNotification: handle})
    request = get()
    request["params"]["_meta"] = meta
    talk.send(request)

    [context] = seen
    assert context is not None
    assert (context.request_id == meta.get("request_id")) is is_taken
    assert (context.traceparent == meta.get("traceparent")) is is_taken
    assert current_context() is None


async def test_each_request_leaves_a_line(request_lines: RequestLines) -> None:
    talk = Talk(request_log=request_lines.log)
    talk.call("notifications.register", notifications=[ONE])
    talk.call("x" * 100)
    talk.send(b"nonsense")

    told = request_lines.read()
    assert [(line["transport"], line["method"], line["code"]) for line in told] == [
        ("test", "notifications.register", 0),
        ("test", "x" * 64, -32601),
        ("test", None, -32700),
    ]
    assert all(line["duration_ms"] >= 0 for line in told)
