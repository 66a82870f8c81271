"""A request that the running roles do not serve names the role that does."""

from pathlib import Path

from tests.chassis.conformance.conftest import driver_of, driver_settings
from tests.chassis.conformance.support import begun, failed, new, notifications
from tests.harness import Service


async def test_a_producer_does_not_stream(tmp_path: Path, transport: str) -> None:
    async with (
        Service.running(tmp_path, ["producer"], **driver_settings()) as service,
        driver_of(transport).connected(service.ports[transport]) as caller,
    ):
        (identity,) = await caller.register([new()])
        assert (await caller.get(identity))["id"] == identity

        async def subscribe() -> None:
            async with caller.subscribed() as items:
                await begun(items)

        error = await failed(subscribe())
    assert error.kind == "not-served"
    assert "consumer" in error.text


async def test_a_consumer_does_not_register(tmp_path: Path, transport: str) -> None:
    async with (
        Service.running(tmp_path, ["consumer"], **driver_settings()) as service,
        driver_of(transport).connected(service.ports[transport]) as caller,
    ):
        error = await failed(caller.register([new()]))
        async with caller.subscribed() as items:
            await begun(items)
            identity = await service.announce(receiver="ada", action_type="greeted")
            (item,) = await notifications(items, 1)
    assert item.data is not None
    assert item.data["id"] == str(identity)
    assert error.kind == "not-served"
    assert "producer" in error.text
