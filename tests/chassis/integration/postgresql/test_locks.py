"""The locks of one process on PostgreSQL, while its other connections fail."""

import pytest

from chassis.application.errors import Unavailable
from chassis.application.ports.locks import Grant
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.postgresql_locks import PostgresqlLocks


async def test_a_lock_whose_token_cannot_be_removed_is_released_all_the_same(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(database_url)
    locks, other = database.locks(), database.locks()
    assert isinstance(locks, PostgresqlLocks)
    grant = await locks.acquire("invoices")
    assert grant is not None
    kept = await locks.acquire("reports")
    assert kept is not None

    async def busy(_: Grant) -> None:
        raise Unavailable("no connection became free")

    with monkeypatch.context() as patch:
        patch.setattr(locks._fences, "forget", busy)
        await locks.release(grant)

    assert locks.holds(kept)
    newer = await other.acquire("invoices")
    assert newer is not None
    assert newer.token > grant.token
    for each in (locks, other):
        await each.close()
    await database.close()
