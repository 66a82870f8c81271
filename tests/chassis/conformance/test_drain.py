import asyncio

import pytest

from tests.chassis.conformance.conftest import Connect
from tests.chassis.conformance.driver import Disconnected, Failed
from tests.chassis.conformance.support import begun, new, notifications
from tests.harness import Service


async def test_all_that_was_accepted_is_answered_and_streams_end_well(
    connect: Connect, running: Service
) -> None:
    answered: list[str] = []

    async def send() -> None:
        async with connect() as caller:
            while True:
                answered.extend(await caller.register([new()]))

    async with connect() as caller, caller.subscribed() as items:
        await begun(items)
        senders = [asyncio.create_task(send()) for _ in range(4)]
        seen = await notifications(items, 20)
        await running.stop()
        ended = await asyncio.gather(*senders, return_exceptions=True)
        async for item in items:
            if item.event == "notification":
                seen.append(item)

    # Refused, or cut between two requests: never an answer lost.
    assert all(isinstance(end, Failed | Disconnected) for end in ended), ended
    stored = {str(each.id) for each in await running.stored()}
    assert set(answered) == stored
    assert {item.data["id"] for item in seen if item.data} <= stored


async def test_a_stopped_service_takes_no_more(connect: Connect, running: Service) -> None:
    await running.stop()

    with pytest.raises((Failed, Disconnected)):
        async with connect() as caller:
            await caller.list()
