"""How the server starts and stops; health and reflection."""

import asyncio
import logging
from collections import Counter
from contextlib import AsyncExitStack
from types import SimpleNamespace
from typing import Any

import grpc
import grpc.aio
import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from app.application.notification.messages import ListNotifications, Page
from app.interfaces.grpc.notification.service import services
from chassis.application.bus import Bus
from chassis.application.streaming.messages import StreamItem
from chassis.interfaces.grpc.server import GrpcServer
from chassis.interfaces.grpc.service import GrpcService
from chassis.interfaces.serving.errors import CannotBind, PortTaken
from tests.chassis.integration.grpc.streams import FedStream
from tests.chassis.recording_tracing import RecordingTracing
from tests.integration.grpc.serving import SERVICE, Failed, connected, serve, started
from tests.request_lines import RequestLines

SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def answering(seconds: float = 0, counted: list[int] | None = None) -> Bus:
    async def answer(message: ListNotifications) -> Page:
        await asyncio.sleep(seconds)
        if counted is not None:
            counted.append(1)
        return Page(items=[], page=1, size=50, total=0)

    return Bus({ListNotifications: lambda: answer})


async def test_tells_the_port_it_took(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "chassis")
    async with started(Bus({})) as server:
        port = server.port

    [line] = [vars(record) for record in caplog.records if record.message == "listening"]
    assert (line["server"], line["host"], line["port"]) == ("grpc", "127.0.0.1", port)
    assert port > 0


async def test_taken_port_is_named() -> None:
    async with started(Bus({})) as other:
        with pytest.raises(PortTaken, match=f"GRPC_PORT {other.port} on 127.0.0.1 is taken"):
            await GrpcServer(services, Bus({}), "127.0.0.1", other.port).start()


async def test_address_of_another_machine_is_named() -> None:
    with pytest.raises(CannotBind, match="set GRPC_HOST to an address of this machine"):
        await GrpcServer(services, Bus({}), "192.0.2.1", 0).start()


async def test_a_server_that_was_not_started_can_be_stopped() -> None:
    await GrpcServer(services, Bus({}), "127.0.0.1", 0).stop(1)


async def test_health_is_told_and_watched_until_the_stop() -> None:
    async with started(Bus({})) as server, connected(server.port) as client:
        health: Any = health_pb2_grpc.HealthStub(client.channel)
        for name in ("", SERVICE.full_name):
            asked = health_pb2.HealthCheckRequest(service=name)
            assert (await health.Check(asked)).status == SERVING
        watching = health.Watch(health_pb2.HealthCheckRequest(service=SERVICE.full_name))
        assert (await watching.read()).status == SERVING

        loop = asyncio.get_running_loop()
        before = loop.time()
        await server.stop(30)
        assert (await watching.read()).status == NOT_SERVING
        # Watching clients do not hold it up.
        assert loop.time() - before < 10


async def test_an_unknown_service_has_no_health() -> None:
    async with serve(Bus({})) as client:
        health: Any = health_pb2_grpc.HealthStub(client.channel)
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await health.Check(health_pb2.HealthCheckRequest(service="other"))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


async def test_a_client_that_knows_only_reflection_can_call() -> None:
    async with serve(answering()) as client:
        stub: Any = reflection_pb2_grpc.ServerReflectionStub
        reflection = stub(client.channel)
        call = reflection.ServerReflectionInfo()

        async def ask(**asked: Any) -> Any:
            await call.write(reflection_pb2.ServerReflectionRequest(**asked))
            return await call.read()

        listed = (await ask(list_services="*")).list_services_response
        [name] = [each.name for each in listed.service if "Notification" in each.name]
        pool = DescriptorPool()

        async def learn(**asked: str) -> None:
            for encoded in (await ask(**asked)).file_descriptor_response.file_descriptor_proto:
                file = FileDescriptorProto.FromString(encoded)
                for dependency in file.dependency:
                    await learn(file_by_filename=dependency)
                pool.Add(file)

        await learn(file_containing_symbol=name)
        await call.done_writing()
        method = pool.FindServiceByName(name).methods_by_name["List"]
        listing: Any = client.channel.unary_unary(
            f"/{name}/List",
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        page = await listing(GetMessageClass(method.input_type)())
        assert (page.page, page.size, page.total) == (1, 50, 0)


async def test_a_call_is_a_step_of_its_callers_trace() -> None:
    tracing = RecordingTracing()
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with serve(answering(), tracing=tracing) as client:
        await client.ask("List", metadata=(("traceparent", parent),))
        with pytest.raises(Failed):
            await client.ask("Get")

    good, failed = tracing.spans
    assert (good.title, good.kind, good.parent) == (f"{SERVICE.full_name}/List", "server", parent)
    assert good.attributes == {
        "rpc.system.name": "grpc",
        "rpc.method": f"{SERVICE.full_name}/List",
        "rpc.response.status_code": "OK",
    }
    assert (good.failed, good.ended > 0) == (None, True)
    assert failed.attributes["rpc.response.status_code"] == "NOT_FOUND"


async def test_a_streams_step_ends_once_it_is_open() -> None:
    tracing, stream = RecordingTracing(), FedStream()
    stream.put(StreamItem(event="heartbeat", cursor="e.1"))
    async with serve(stream.bus, tracing=tracing) as client:
        call = client.follow()
        await call.read()

        [span] = tracing.spans
        assert (span.title, span.ended) == (f"{SERVICE.full_name}/Subscribe", 1)
        call.cancel()


async def test_a_service_of_ones_own_may_end_a_call_by_itself(
    request_lines: RequestLines,
) -> None:
    async def end(asked: Any, call: Any) -> Any:
        await call.abort(grpc.StatusCode.DATA_LOSS, "own words")

    own = GrpcService(SERVICE, lambda bus, max_batch: SimpleNamespace(List=end))
    server = GrpcServer([own], Bus({}), "127.0.0.1", 0, request_log=request_lines.log)
    await server.start()
    async with connected(server.port) as client:
        with pytest.raises(Failed, match="DATA_LOSS: own words"):
            await client.ask("List")
    await server.stop(5)

    [line] = request_lines.read()
    assert line["code"] == "DATA_LOSS"


async def test_a_stop_under_load_answers_all_that_was_begun() -> None:
    handled: list[int] = []
    outcomes: Counter[str] = Counter()
    async with (
        started(answering(0.02, handled)) as server,
        connected(server.port) as client,
    ):

        async def call_on() -> None:
            while "UNAVAILABLE" not in outcomes or outcomes["OK"] < 100:
                try:
                    await client.ask("List")
                    outcomes["OK"] += 1
                except Failed as failed:
                    outcomes[failed.code.name] += 1
                    return

        calling = [asyncio.create_task(call_on()) for _ in range(50)]
        await asyncio.sleep(0.5)
        await server.stop(10)
        await asyncio.gather(*calling)

    assert outcomes["OK"] == len(handled) >= 50
    # No caller is left without an answer: late callers are told to try again.
    assert set(outcomes) == {"OK", "UNAVAILABLE"}


async def test_ends_within_the_grace_whatever_hangs(caplog: pytest.LogCaptureFixture) -> None:
    async with started(answering(3600)) as server, connected(server.port) as client:
        calling = asyncio.create_task(client.ask("List", timeout=60))
        async with asyncio.timeout(10):
            while not server.under_way:
                await asyncio.sleep(0.01)
        await server.stop(1)
        with pytest.raises(Failed) as caught:
            await calling

    assert caught.value.code in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    assert "requests cut off" in caplog.messages


async def test_cutting_off_ends_no_process() -> None:
    """Two of gRPC's own stops that end in one moment crash the process."""
    async with AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(started(answering(3600))) for _ in range(20)]
        clients = [await stack.enter_async_context(connected(each.port)) for each in servers]
        calling = [asyncio.create_task(each.ask("List", timeout=60)) for each in clients]
        async with asyncio.timeout(10):
            while not all(each.under_way for each in servers):
                await asyncio.sleep(0.01)
        await asyncio.gather(*(each.stop(0.5) for each in servers))
        ended = await asyncio.gather(*calling, return_exceptions=True)

    assert all(isinstance(each, Failed) for each in ended)
