import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import cast

import pytest
from grpc_health.v1 import health_pb2 as pb

from chassis.application.errors import NotFound, TooMany
from chassis.interfaces.grpc.health import GrpcHealth
from chassis.interfaces.grpc.observe import Context
from chassis.interfaces.grpc.watches import Watches

SERVING = pb.HealthCheckResponse.SERVING
NOT_SERVING = pb.HealthCheckResponse.NOT_SERVING
SERVICE_UNKNOWN = pb.HealthCheckResponse.SERVICE_UNKNOWN


class Call:
    """A call from an address."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self._address = address

    def peer(self) -> str:
        return f"ipv4:{self._address}:50000"


def watch(
    health: GrpcHealth, service: str = "a.B", address: str = "127.0.0.1"
) -> AsyncGenerator[pb.HealthCheckResponse]:
    call = cast("Context", Call(address))
    return health.Watch(pb.HealthCheckRequest(service=service), call)


async def status(watching: AsyncGenerator[pb.HealthCheckResponse]) -> int:
    return (await anext(watching)).status


@contextmanager
def begun(watches: Watches) -> Iterator[GrpcHealth]:
    health = GrpcHealth(["a.B"], watches)
    health.begin()
    yield health
    assert len(watches) == 0


async def test_whoever_watches_is_told_and_let_go() -> None:
    with begun(Watches(10)) as health:
        watching = watch(health)
        assert await status(watching) == SERVING
        asked = asyncio.ensure_future(anext(watching))
        await asyncio.sleep(0)
        health.end()
        assert (await asked).status == NOT_SERVING
        await health.leave()
        with pytest.raises(StopAsyncIteration):
            await anext(watching)


async def test_whoever_leaves_is_forgotten() -> None:
    with begun(Watches(10)) as health:
        watching = watch(health)
        await anext(watching)
        asked = asyncio.ensure_future(anext(watching))
        await asyncio.sleep(0)
        asked.cancel()
        await asyncio.gather(asked, return_exceptions=True)

    assert len(asyncio.all_tasks()) == 1


async def test_a_service_is_known_or_not() -> None:
    with begun(Watches(10)) as health:
        for name in ("", "a.B"):
            asked = pb.HealthCheckRequest(service=name)
            assert (await health.Check(asked, cast("Context", Call()))).status == SERVING
        with pytest.raises(NotFound):
            await health.Check(pb.HealthCheckRequest(service="c.D"), cast("Context", Call()))
        watching = watch(health, "c.D")
        assert await status(watching) == SERVICE_UNKNOWN
        health.end()
        await health.leave()
        # Nothing has changed for it.
        with pytest.raises(StopAsyncIteration):
            await anext(watching)


async def test_whoever_has_watched_for_long_calls_again() -> None:
    watches = Watches(10)
    health = GrpcHealth(["a.B"], watches, longest=0.01)
    health.begin()
    watching = watch(health)
    assert await status(watching) == SERVING
    with pytest.raises(StopAsyncIteration):
        await anext(watching)
    assert len(watches) == 0


async def test_one_address_watches_so_often_and_others_still_may() -> None:
    with begun(Watches(2)) as health:
        watching = [watch(health) for _ in range(3)]
        assert [await status(each) for each in watching[:2]] == [SERVING] * 2
        with pytest.raises(TooMany, match="use Check"):
            await anext(watching[2])
        other = watch(health, address="127.0.0.2")
        assert await status(other) == SERVING
        for each in (*watching, other):
            await each.aclose()


async def test_with_all_taken_the_oldest_of_whoever_has_most_gives_its_place_away() -> None:
    with begun(Watches(10, most=3)) as health:
        many = [watch(health) for _ in range(3)]
        for each in many:
            assert await status(each) == SERVING
        other = watch(health, address="127.0.0.2")
        assert await status(other) == SERVING
        with pytest.raises(StopAsyncIteration):
            await anext(many[0])

        # One of each of two others would leave them with fewer than it has itself.
        with pytest.raises(TooMany):
            await anext(watch(health, address="127.0.0.2"))
        with pytest.raises(TooMany):
            await anext(watch(health))
        for each in (*many[1:], other):
            await each.aclose()
