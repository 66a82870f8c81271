"""The error of a failed call: a status and its details, without internals of the service."""

from typing import Any

import grpc
import pytest

from app.application.notification.messages import ListNotifications
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.application.bus import Bus
from chassis.application.errors import (
    ApplicationError,
    Busy,
    ConstraintViolated,
    Forbidden,
    KeyReused,
    LockHeld,
    LockLost,
    NotFound,
    StaleGrant,
    TooMany,
    Unauthorized,
    Unavailable,
)
from chassis.domain.errors import Invalid
from tests.integration.grpc.serving import SERVICE, Client, Failed, serve
from tests.request_lines import RequestLines

Code = grpc.StatusCode


def failing(error: Exception) -> Bus:
    async def fail(message: Any) -> None:
        raise error

    return Bus({ListNotifications: lambda: fail})


async def failure(client: Client, name: str = "List", request: Any = None, **more: Any) -> Failed:
    with pytest.raises(Failed) as caught:
        await client.ask(name, request, **more)
    return caught.value


@pytest.mark.parametrize(
    ("error", "code", "reason"),
    (
        (Unauthorized("no"), Code.UNAUTHENTICATED, "unauthorized"),
        (Forbidden("no"), Code.PERMISSION_DENIED, "forbidden"),
        (NotFound("no"), Code.NOT_FOUND, "not-found"),
        (TooMany("no"), Code.RESOURCE_EXHAUSTED, "too-many"),
        (KeyReused("no"), Code.ALREADY_EXISTS, "key-reused"),
        (ConstraintViolated("no"), Code.FAILED_PRECONDITION, "constraint-violated"),
        (Busy("no", 7), Code.UNAVAILABLE, "busy"),
        (Unavailable("10.0.0.7 is away", "no"), Code.UNAVAILABLE, "unavailable"),
        (LockHeld("no", 1), Code.UNAVAILABLE, "lock-held"),
        (LockLost("no"), Code.UNAVAILABLE, "lock-lost"),
        (StaleGrant("no"), Code.UNAVAILABLE, "stale-grant"),
        (ApplicationError("no"), Code.FAILED_PRECONDITION, "conflict"),
    ),
    ids=lambda it: type(it).__name__ if isinstance(it, Exception) else None,
)
async def test_every_error_has_a_status_and_a_word(
    error: Exception, code: grpc.StatusCode, reason: str
) -> None:
    async with serve(failing(error)) as client:
        failed = await failure(client, metadata=(("x-request-id", "order-7"),))

    assert (failed.code, failed.text) == (code, "no")
    assert (failed.info.reason, failed.info.domain) == (reason, "my-service")
    assert (failed.status.code, failed.status.message) == (code.value[0], "no")
    assert failed.request_id == failed.metadata["x-request-id"] == "order-7"


@pytest.mark.parametrize(
    ("error", "seconds"),
    ((Busy("no", 7), 7), (Unavailable("10.0.0.7 is away", "no"), 5), (NotFound("no"), 0)),
)
async def test_what_another_try_may_mend_says_when(error: Exception, seconds: int) -> None:
    async with serve(failing(error)) as client:
        assert (await failure(client)).retry_after == seconds


async def test_a_users_own_error_takes_the_line_of_its_base() -> None:
    class Gone(NotFound):
        pass

    async with serve(failing(Gone("no"))) as client:
        assert (await failure(client)).code is Code.NOT_FOUND


async def test_a_wrong_field_is_named() -> None:
    async with serve(failing(Invalid("size", "must be less"))) as client:
        failed = await failure(client)

    assert (failed.code, failed.info.reason) == (Code.INVALID_ARGUMENT, "invalid")
    assert failed.fields == [("size", "must be less")]


async def test_of_a_long_path_the_beginning_is_told() -> None:
    async with serve(failing(Invalid("a" * 1_000_000, "is \udc80 wrong"))) as client:
        failed = await failure(client)

    [(field, reason)] = failed.fields
    assert field.startswith("aaa")
    assert len(field) < 1000
    assert reason == "is \\udc80 wrong"


async def test_what_is_not_protobuf_is_malformed() -> None:
    async with serve(Bus({})) as client:
        failed = await failure(client, request=b"\xff\xff\xff")

    assert (failed.code, failed.info.reason) == (Code.INVALID_ARGUMENT, "malformed")
    assert failed.fields[0][0] == "request"


async def test_a_call_without_a_message_is_malformed() -> None:
    async with serve(Bus({})) as client:
        call: Any = client.channel.stream_unary(f"/{SERVICE.full_name}/List")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(iter(()), timeout=5)

    assert Failed(caught.value).info.reason == "malformed"


@pytest.mark.parametrize(
    ("name", "request_", "role"),
    (
        ("List", pb.ListRequest(), "producer or consumer"),
        (
            "Register",
            pb.RegisterRequest(notifications=[pb.NewNotification(receiver="a", action_type="b")]),
            "producer",
        ),
    ),
)
async def test_what_no_role_here_handles_says_which_does(
    name: str, request_: Any, role: str
) -> None:
    async with serve(Bus({})) as client:
        failed = await failure(client, name, request_)

    assert (failed.code, failed.info.reason) == (Code.UNIMPLEMENTED, "not-served")
    assert f"a running {role}" in failed.text


async def test_an_unknown_method_is_named() -> None:
    async with serve(Bus({})) as client:
        call: Any = client.channel.unary_unary("/notifications.v1.NotificationService/Drop")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(b"")

    failed = Failed(caught.value)
    assert (failed.code, failed.info.reason) == (Code.UNIMPLEMENTED, "not-served")
    assert "NotificationService/Drop" in failed.text


async def test_unforeseen_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    async with serve(failing(RuntimeError("password=hunter2"))) as client:
        failed = await failure(client, metadata=(("x-request-id", "order-7"),))

    assert (failed.code, failed.info.reason) == (Code.INTERNAL, "internal")
    assert failed.request_id == "order-7"
    assert "hunter2" not in str(failed.metadata) + failed.text
    assert "hunter2" in caplog.text


@pytest.mark.parametrize("request_id", ("", "a b", "x" * 65, "<script>"))
async def test_malformed_request_id_is_replaced(request_id: str) -> None:
    async with serve(Bus({})) as client:
        failed = await failure(client, metadata=(("x-request-id", request_id),))

    assert failed.request_id not in ("", request_id)


async def test_one_log_line_for_each_call(request_lines: RequestLines) -> None:
    async with serve(failing(NotFound("no")), request_log=request_lines.log) as client:
        await failure(client)

    [line] = request_lines.read()
    assert (line["transport"], line["code"]) == ("grpc", "NOT_FOUND")
    assert line["method"] == "notifications.v1.NotificationService/List"
    assert line["duration_ms"] >= 0
