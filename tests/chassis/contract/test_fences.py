"""The port `Fences`, on every database."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from chassis.application.errors import StaleGrant
from chassis.application.ports.locks import Grant
from chassis.infrastructure.database.database import Database
from tests.chassis.contract.lock_places import postgresql, sqlite, work_of

PLACES = {"sqlite": sqlite, "postgresql": postgresql}


@pytest.fixture(params=sorted(PLACES))
async def database(request: pytest.FixtureRequest) -> AsyncIterator[Database]:
    database = Database((await PLACES[request.param](request))[0])
    yield database
    await database.close()


async def test_a_token_of_another_server_is_recorded_if_it_is_the_greatest(
    database: Database,
) -> None:
    fences = database.fences()

    assert await fences.record(Grant("a", 5)) is None
    assert await fences.record(Grant("a", 5)) == 5
    assert await fences.record(Grant("a", 4)) == 5
    assert await fences.record(Grant("a", 6)) is None
    # A lock without a row may have had any token so far.
    assert await fences.record(Grant("b", 6)) == 6
    assert await fences.record(Grant("b", 7)) is None
    assert await fences.record(Grant("a", 7)) is None


async def test_a_minted_token_is_greater_than_all(database: Database) -> None:
    fences = database.fences()
    await fences.record(Grant("a", 41))

    assert await fences.mint("a") == 42
    assert await fences.mint("b") == 43
    await fences.forget(Grant("b", 43))
    assert await fences.mint("b") == 44


async def test_forgetting_an_old_token_changes_nothing(database: Database) -> None:
    fences = database.fences()
    await fences.record(Grant("a", 1))
    await fences.record(Grant("a", 2))

    await fences.forget(Grant("a", 1))
    await fences.forget(Grant("unknown", 9))

    async with work_of(database).begin(Grant("a", 2)):
        pass
    assert await fences.mint("unknown") == 3


async def test_a_new_token_waits_for_a_transaction_that_carries_the_old_one(
    database: Database,
) -> None:
    fences = database.fences()
    await fences.record(Grant("a", 1))
    order = []

    async def supersede() -> None:
        await fences.record(Grant("a", 2))
        order.append("granted")

    async with work_of(database).begin(Grant("a", 1)):
        superseding = asyncio.create_task(supersede())
        await asyncio.sleep(0.2)
        order.append("written")
    await superseding

    assert order == ["written", "granted"]
    with pytest.raises(StaleGrant):
        async with work_of(database).begin(Grant("a", 1)):
            pass
