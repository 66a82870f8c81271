"""Follow: what comes, how it ends, and that nothing is left behind."""

import asyncio
import json
from typing import Any, Literal

import grpc
import pytest
from msgspec import Raw

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from chassis.application.bus import Bus
from chassis.application.errors import Busy
from chassis.application.streaming.messages import StreamItem, Subscribe
from tests.chassis.integration.grpc.streams import FedStream
from tests.harness import Service
from tests.integration.grpc.serving import Client, Failed, connected, serve, started

TIMEOUT = 10

HEARTBEAT = StreamItem(event="heartbeat", cursor="e.1")


async def read(call: Any) -> pb.SubscribeResponse:
    message = await asyncio.wait_for(call.read(), TIMEOUT)
    assert isinstance(message, pb.SubscribeResponse)
    return message


async def ended(call: Any) -> grpc.StatusCode:
    code = await asyncio.wait_for(call.code(), TIMEOUT)
    assert isinstance(code, grpc.StatusCode)
    return code


async def test_what_is_registered_arrives_and_a_cursor_resumes(client: Client) -> None:
    call = client.follow(receiver="ada")
    here = await read(call)
    assert (here.event, here.HasField("notification")) == (pb.EVENT_HEARTBEAT, False)
    asked = [
        pb.NewNotification(receiver=receiver, action_type="greeted", action_data='{"n":1}')
        for receiver in ("bob", "ada", "ada")
    ]
    ids = (await client.ask("Register", pb.RegisterRequest(notifications=asked))).ids
    first, second = await read(call), await read(call)
    call.cancel()

    assert [each.notification.id for each in (first, second)] == ids[1:]
    assert json.loads(first.notification.action_data) == {"n": 1}
    resumed = client.follow(receiver="ada", cursor=first.cursor)
    found: list[str] = []
    while not found:
        message = await read(resumed)
        if message.event == pb.EVENT_NOTIFICATION:
            found.append(message.notification.id)
    assert found == ids[2:]


async def test_a_cursor_that_cannot_be_resumed_is_reset(client: Client) -> None:
    assert (await read(client.follow(cursor="other.1"))).event == pb.EVENT_RESET


async def test_the_id_goes_back_at_the_start() -> None:
    stream = FedStream()
    stream.put(HEARTBEAT)
    async with serve(stream.bus) as client:
        call = client.follow()
        await read(call)
        assert "x-request-id" in dict(await call.initial_metadata())
        call.cancel()


@pytest.mark.parametrize(
    ("reason", "told", "code"),
    (
        ("draining", pb.REASON_DRAINING, grpc.StatusCode.OK),
        ("too slow", pb.REASON_TOO_SLOW, grpc.StatusCode.OK),
        ("expired", pb.REASON_EXPIRED, grpc.StatusCode.UNAUTHENTICATED),
    ),
)
async def test_the_service_says_why_it_ends_a_stream(
    reason: Literal["draining", "too slow", "expired"], told: pb.Reason, code: grpc.StatusCode
) -> None:
    stream = FedStream()
    stream.put(StreamItem(event="closed", cursor="e.7", reason=reason))
    async with serve(stream.bus) as client:
        call = client.follow()
        last = await read(call)

        assert (last.event, last.cursor, last.reason) == (pb.EVENT_CLOSED, "e.7", told)
        assert await call.read() is grpc.aio.EOF if code is grpc.StatusCode.OK else True
        assert await ended(call) is code
        assert await stream.closed == "ended"


async def test_a_drained_service_tells_its_subscribers(service: Service, client: Client) -> None:
    call = client.follow()
    await read(call)

    service.system.drain()

    last = await read(call)
    assert (last.event, last.reason) == (pb.EVENT_CLOSED, pb.REASON_DRAINING)
    assert await ended(call) is grpc.StatusCode.OK


async def test_a_refused_subscriber_hears_why() -> None:
    async def refuse(message: Subscribe) -> None:
        raise Busy("too many are open", 3)

    async with serve(Bus({Subscribe: lambda: refuse})) as client:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client.follow().read()

    failed = Failed(caught.value)
    assert (failed.info.reason, failed.retry_after) == ("busy", 3)


@pytest.mark.parametrize("way", ("cancel", "connection", "deadline"))
async def test_a_client_that_leaves_closes_the_stream(way: str) -> None:
    stream = FedStream()
    stream.put(HEARTBEAT)
    async with started(stream.bus) as server, connected(server.port) as client:
        call = client.follow(timeout=0.5 if way == "deadline" else None)
        await read(call)
        if way == "cancel":
            call.cancel()
        elif way == "connection":
            await client.channel.close()

        assert await asyncio.wait_for(stream.closed, TIMEOUT) == "left"
        async with asyncio.timeout(TIMEOUT):
            while server.under_way:
                await asyncio.sleep(0.01)


async def test_a_stream_that_fails_ends_with_the_reason() -> None:
    class Broken(FedStream):
        async def __anext__(self) -> Any:
            raise Busy("the journal is away", 1)

    stream = Broken()
    async with serve(stream.bus) as client:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await client.follow().read()

    assert Failed(caught.value).info.reason == "busy"
    assert await stream.closed == "failed"


async def test_a_client_that_reads_nothing_is_given_up() -> None:
    stream = FedStream()
    big = Raw(
        json.dumps(
            {
                "id": "019a0000-0000-7000-8000-000000000000",
                "receiver": "ada",
                "action_type": "greeted",
                "action_data": {"text": "x" * 200_000},
                "fired_at": "2030-01-01T00:00:00Z",
                "registered_at": "2030-01-01T00:00:00Z",
                "is_seen": False,
            }
        ).encode()
    )
    for number in range(200):
        stream.put(StreamItem(event="notification", cursor=f"e.{number}", data=big))
    async with (
        started(stream.bus, send_timeout=0.3) as server,
        connected(server.port) as deaf,
        connected(server.port) as other,
    ):
        call = deaf.follow()

        assert await asyncio.wait_for(stream.closed, TIMEOUT) == "stuck"
        async with asyncio.timeout(TIMEOUT):
            while server.under_way:
                await asyncio.sleep(0.01)
        # It holds up neither another client nor the stop.
        with pytest.raises(Failed):
            await other.ask("List")
        loop = asyncio.get_running_loop()
        before = loop.time()
        await server.stop(30)
        assert loop.time() - before < TIMEOUT
        call.cancel()
