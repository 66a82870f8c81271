"""With access control, only health is answered without a token."""

from collections.abc import AsyncIterator
from typing import Any

import grpc
import grpc.aio
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from app.application.notification.messages import ListNotifications, Page
from chassis.application.access.caller import ANONYMOUS, Caller
from chassis.application.bus import Bus
from chassis.application.context import current_caller
from chassis.application.errors import Unauthorized, Unavailable
from tests.integration.grpc.serving import Client, Failed, serve

ADA = Caller(name="ada")


class Tokens:
    """Knows one token."""

    is_on = True

    async def authenticate(self, token: str | None) -> Caller:
        if token == "away":
            raise Unavailable("the keys are away")
        if token != "good":
            raise Unauthorized("credentials are missing: send a bearer token")
        return ADA

    async def check(self) -> None:
        pass


class Seen:
    """Keeps who has asked."""

    def __init__(self) -> None:
        self.callers: list[Caller] = []

    async def __call__(self, message: ListNotifications) -> Page:
        self.callers.append(current_caller())
        return Page(items=[], page=1, size=50, total=0)


@pytest.fixture
def seen() -> Seen:
    return Seen()


@pytest.fixture
async def asked(seen: Seen) -> AsyncIterator[Client]:
    async with serve(Bus({ListNotifications: lambda: seen}), authenticator=Tokens()) as client:
        yield client


@pytest.mark.parametrize("scheme", ("Bearer", "bearer", "BEARER"))
async def test_a_token_says_who_asks(asked: Client, seen: Seen, scheme: str) -> None:
    await asked.ask("List", metadata=(("authorization", f"{scheme} good"),))

    assert seen.callers == [ADA]


@pytest.mark.parametrize("header", (None, "", "Bearer", "Bearer bad", "Basic good", "good"))
async def test_nothing_is_answered_without_one(
    asked: Client, seen: Seen, header: str | None
) -> None:
    metadata = () if header is None else (("authorization", header),)
    with pytest.raises(Failed) as caught:
        await asked.ask("List", metadata=metadata)

    assert caught.value.code is grpc.StatusCode.UNAUTHENTICATED
    assert caught.value.info.reason == "unauthorized"
    assert seen.callers == []


async def test_keys_that_are_away_are_no_refusal(asked: Client) -> None:
    with pytest.raises(Failed) as caught:
        await asked.ask("List", metadata=(("authorization", "Bearer away"),))
    assert caught.value.code is grpc.StatusCode.UNAVAILABLE


async def test_an_unknown_method_is_not_told_of_without_one(asked: Client) -> None:
    call: Any = asked.channel.unary_unary("/notifications.v1.NotificationService/Drop")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(b"")
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_reflection_needs_one(asked: Client) -> None:
    stub: Any = reflection_pb2_grpc.ServerReflectionStub
    reflection = stub(asked.channel)
    request = reflection_pb2.ServerReflectionRequest(list_services="*")

    refused = reflection.ServerReflectionInfo(iter([request]))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await refused.read()
    assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
    metadata = (("authorization", "Bearer good"),)
    told = await reflection.ServerReflectionInfo(iter([request]), metadata=metadata).read()
    assert len(told.list_services_response.service) == 3


async def test_health_needs_none(asked: Client) -> None:
    health: Any = health_pb2_grpc.HealthStub(asked.channel)
    told = await health.Check(health_pb2.HealthCheckRequest())
    assert told.status == health_pb2.HealthCheckResponse.SERVING


async def test_where_nobody_is_asked_a_token_means_nothing(seen: Seen) -> None:
    async with serve(Bus({ListNotifications: lambda: seen})) as client:
        await client.ask("List", metadata=(("authorization", "Bearer good"),))
    assert seen.callers == [ANONYMOUS]
