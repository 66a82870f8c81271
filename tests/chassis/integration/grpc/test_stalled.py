"""Clients that take no answer, though they are there: their connections are cut."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest

from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    Register,
    Registered,
)
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.application.bus import Bus
from chassis.interfaces.grpc import unread
from tests.chassis.integration.grpc.deaf import Stalled
from tests.chassis.integration.grpc.test_large import ONE, Large, until
from tests.integration.grpc.serving import SERVICE, connected, started

HEALTH = "/grpc.health.v1.Health"
REFLECTION = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"
NEW = pb.NewNotification(receiver="ada", action_type="greeted")
CALLS = {
    f"/{SERVICE.full_name}/List": b"",
    f"/{SERVICE.full_name}/Get": pb.GetRequest(id=str(ONE.id)).SerializeToString(),
    f"/{SERVICE.full_name}/MarkSeen": pb.MarkSeenRequest(
        id=str(ONE.id), is_seen=True
    ).SerializeToString(),
    f"/{SERVICE.full_name}/Register": pb.RegisterRequest(notifications=[NEW]).SerializeToString(),
    f"/{SERVICE.full_name}/RegisterMany": pb.RegisterManyRequest(
        notifications=[NEW]
    ).SerializeToString(),
    f"{HEALTH}/Check": b"",
    f"{HEALTH}/Watch": b"",
    # The field 7, `list_services`.
    REFLECTION: b"\x3a\x00",
}


def bus(large: Large) -> Bus:
    async def one(message: Any) -> Any:
        return ONE

    async def register(message: Register) -> Registered:
        return Registered(tuple(ONE.id for _ in message.notifications))

    return Bus(
        {
            ListNotifications: lambda: large,
            GetNotification: lambda: one,
            MarkSeen: lambda: one,
            Register: lambda: register,
        }
    )


@asynccontextmanager
async def stalled(port: int, count: int) -> AsyncIterator[list[Stalled]]:
    async with AsyncExitStack() as stack:
        clients = [await Stalled.connect(port) for _ in range(count)]
        for client in clients:
            stack.push_async_callback(client.close)
        yield clients


async def patiently(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", CALLS)
async def test_whatever_is_not_taken_in_time_ends_the_connection(path: str) -> None:
    async with (
        started(bus(Large()), send_timeout=0.2) as server,
        stalled(server.port, 1) as (client,),
    ):
        for _ in range(10):
            client.call(path, CALLS[path])
        await until(lambda: server.unread > 0)
        await patiently(lambda: client.is_cut)
        # Nothing is kept of it.
        await until(lambda: server.unread == server.under_way == 0)


async def test_over_the_bytes_that_may_wait_nobody_waits_for_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(unread, "BUDGET", 20 * 2**20)
    large = Large()
    async with (
        started(bus(large), send_timeout=600) as server,
        stalled(server.port, 8) as clients,
        connected(server.port) as good,
    ):
        for client in clients:
            for _ in range(10):
                client.call(f"/{SERVICE.full_name}/List")
        await until(lambda: large.begun > 20)
        await patiently(lambda: sum(client.is_cut for client in clients) >= 6)
        # The remaining ones are within the limit, and all other callers are served.
        assert len((await good.ask("List")).items) == 2
        await patiently(lambda: server.unread_bytes <= 20 * 2**20)


async def test_a_client_that_takes_its_answers_keeps_its_connection() -> None:
    async with started(bus(Large()), send_timeout=0.2) as server, connected(server.port) as good:
        async with stalled(server.port, 1) as (client,):
            client.call(f"/{SERVICE.full_name}/List")
            while not client.is_cut:
                assert len((await good.ask("List")).items) == 2
        assert server.unread == 0
