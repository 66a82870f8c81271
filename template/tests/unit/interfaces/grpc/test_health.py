import asyncio
from typing import Any

from grpc_health.v1 import health_pb2 as pb

from app.interfaces.grpc.health import SERVICE, Health


class Call:
    """Keeps what was written."""

    def __init__(self) -> None:
        self.written: list[Any] = []

    async def write(self, message: pb.HealthCheckResponse) -> None:
        self.written.append(message.status)


async def test_whoever_watches_is_told_and_let_go() -> None:
    health = Health(["a.B"])
    await health.begin()
    call = Call()
    watching = asyncio.create_task(health.Watch(pb.HealthCheckRequest(service="a.B"), call))
    await asyncio.sleep(0.01)
    await health.end()
    await health.leave()
    await asyncio.wait_for(watching, 5)

    assert call.written == [pb.HealthCheckResponse.SERVING, pb.HealthCheckResponse.NOT_SERVING]


async def test_whoever_leaves_is_forgotten() -> None:
    health = Health([])
    watching = asyncio.create_task(health.Watch(pb.HealthCheckRequest(), Call()))
    await asyncio.sleep(0.01)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await asyncio.sleep(0.01)

    assert len(asyncio.all_tasks()) == 1


def test_both_methods_are_handled() -> None:
    assert sorted(Health([]).handlers()) == [f"/{SERVICE}/Check", f"/{SERVICE}/Watch"]
