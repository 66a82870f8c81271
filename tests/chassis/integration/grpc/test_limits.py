"""The limits of one client: sizes, times, calls and connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import grpc
import grpc.aio
import pytest

from app.application.notification.messages import ListNotifications, Page
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.application.bus import Bus
from tests.integration.grpc.serving import SERVICE, Client, Failed, connected, serve, started

Code = grpc.StatusCode


class SubscriberRegistry:
    """Answers once it may; tells who was cancelled."""

    def __init__(self) -> None:
        self.go = asyncio.Event()
        self.begun = 0
        self.cancelled = 0

    @property
    def bus(self) -> Bus:
        return Bus({ListNotifications: lambda: self})

    async def __call__(self, message: ListNotifications) -> Page:
        self.begun += 1
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return Page(items=[], page=1, size=50, total=0)


async def until(condition: Any) -> None:
    async with asyncio.timeout(10):
        while not condition():
            await asyncio.sleep(0.01)


async def failure(client: Client, *arguments: Any, **more: Any) -> Failed:
    with pytest.raises(Failed) as caught:
        await client.ask(*arguments, **more)
    return caught.value


async def test_a_message_over_the_limit_is_refused_and_the_connection_lives() -> None:
    async with serve(Bus({}), message_size=10_000) as client:
        asked = pb.ListRequest(cursor="x" * 10_001)
        failed = await failure(client, "List", asked)
        assert failed.code is Code.RESOURCE_EXHAUSTED
        assert "larger than max" in failed.text

        assert (await failure(client, "List")).code is Code.UNIMPLEMENTED


async def test_endless_metadata_is_refused() -> None:
    async with serve(Bus({}), head_size=1000) as client:
        metadata = (("x-long", "x" * 2000),)
        assert (await failure(client, "List", metadata=metadata)).code is Code.RESOURCE_EXHAUSTED


async def test_a_passed_deadline_cancels_the_call_and_leaves_nothing() -> None:
    waiting = SubscriberRegistry()
    async with started(waiting.bus) as server, connected(server.port) as client:
        failed = await failure(client, "List", timeout=0.2)

        assert failed.code is Code.DEADLINE_EXCEEDED
        await until(lambda: waiting.cancelled == 1)
        await until(lambda: server.under_way == 0)


async def test_a_client_that_leaves_cancels_its_call() -> None:
    waiting = SubscriberRegistry()
    async with started(waiting.bus) as server, connected(server.port) as client:
        asking = asyncio.create_task(client.ask("List"))
        await until(lambda: waiting.begun == 1)
        asking.cancel()

        await until(lambda: waiting.cancelled == 1)
        await until(lambda: server.under_way == 0)


async def test_a_request_that_does_not_arrive_is_given_up() -> None:
    async def nothing() -> AsyncIterator[bytes]:
        await asyncio.Event().wait()
        yield b""

    async with started(Bus({}), request_timeout=0.2) as server, connected(server.port) as client:
        call: Any = client.channel.stream_unary(f"/{SERVICE.full_name}/List")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await call(nothing(), timeout=10)

        assert Failed(caught.value).info.reason == "too-slow"
        assert server.under_way == 0


async def test_calls_over_the_limit_hear_when_to_come_back() -> None:
    waiting = SubscriberRegistry()
    async with started(waiting.bus, connections=2) as server, connected(server.port) as client:
        two = [asyncio.create_task(client.ask("List")) for _ in range(2)]
        await until(lambda: waiting.begun == 2)
        failed = await failure(client, "List")

        assert (failed.code, failed.info.reason, failed.retry_after) == (
            Code.UNAVAILABLE,
            "busy",
            1,
        )
        waiting.go.set()
        await asyncio.gather(*two)


async def test_one_connection_waits_with_its_further_calls() -> None:
    waiting = SubscriberRegistry()
    async with (
        started(waiting.bus, in_flight=3) as server,
        connected(server.port) as client,
        connected(server.port) as other,
    ):
        # The first call may leave before the server has told its limit.
        waiting.go.set()
        await client.ask("List")
        waiting.go.clear()
        waiting.begun = 0
        calls = [asyncio.create_task(client.ask("List")) for _ in range(5)]
        await until(lambda: waiting.begun == 3)
        of_another = asyncio.create_task(other.ask("List"))
        await until(lambda: waiting.begun == 4)
        await asyncio.sleep(0.2)
        assert waiting.begun == 4

        waiting.go.set()
        await of_another
        for outcome in await asyncio.gather(*calls, return_exceptions=True):
            # The next one may come before the server has released the one before it.
            assert outcome == pb.ListResponse(page=1, size=50, total=0) or (
                isinstance(outcome, Failed) and outcome.code is Code.UNAVAILABLE
            )


async def test_one_connection_too_many_is_closed() -> None:
    async with (
        started(Bus({}), connections=2) as server,
        connected(server.port) as one,
        connected(server.port) as two,
        connected(server.port) as three,
    ):
        for client in (one, two):
            assert (await failure(client, "List")).code is Code.UNIMPLEMENTED
        assert (await failure(three, "List")).code is Code.UNAVAILABLE


async def test_who_says_nothing_is_closed() -> None:
    async with started(Bus({}), handshake_timeout=0.3) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        async with asyncio.timeout(10):
            while await reader.read(1024):
                pass
        writer.close()


async def test_calls_that_come_faster_than_they_are_taken_wait_and_none_is_dropped() -> None:
    waiting = SubscriberRegistry()
    waiting.go.set()
    async with started(waiting.bus) as server, AsyncExitStack() as stack:
        crowd = [await stack.enter_async_context(connected(server.port)) for _ in range(10)]
        asking = [asyncio.create_task(client.ask("List")) for client in crowd for _ in range(250)]
        await asyncio.wait(asking)

    assert [task.exception() for task in asking if task.exception() is not None] == []
