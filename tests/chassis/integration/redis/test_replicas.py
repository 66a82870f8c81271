"""Replicas of a service, and services of one name, that share a Redis."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from uuid import UUID

import pytest

from app.application.notification.messages import GetNotification, MarkSeen
from chassis.application.context import new_context, use_context
from chassis.infrastructure.database.migration.migrate import migrate
from tests.harness import Service, notification_work
from tests.servers.databases import Databases
from tests.unit.support import make_notification

ROUNDS = 150


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as opened:
        yield opened


async def running(stack: AsyncExitStack, folder: Path, database: str, cache: str) -> Service:
    service = Service.running(folder, DATABASE_URL=database, CACHE_URL=cache)
    return await stack.enter_async_context(service)


async def store(service: Service, identity: UUID | None = None) -> UUID:
    notification = make_notification(id=identity)
    async with notification_work(service.system).begin() as notifications:
        await notifications.add([notification])
    return notification.id


async def stored(service: Service, identity: UUID) -> bool:
    async with notification_work(service.system).read() as notifications:
        found = await notifications.get(identity)
    assert found is not None
    return bool(found.notification.is_seen)


async def told(service: Service, identity: UUID) -> bool:
    with use_context(new_context()):
        return (await service.ask(GetNotification(identity))).is_seen


async def test_of_two_changes_at_once_the_cache_keeps_the_one_that_the_database_keeps(
    stack: AsyncExitStack, tmp_path: Path, database_url: str, cache_url: str
) -> None:
    replicas = [await running(stack, tmp_path, database_url, cache_url) for _ in range(2)]
    stale = []
    for _ in range(ROUNDS):
        identity = await store(replicas[0])
        await asyncio.gather(
            *(each.ask(MarkSeen(identity, seen)) for seen in (True, False) for each in replicas)
        )
        is_seen = await stored(replicas[0], identity)
        if {await told(each, identity) for each in replicas} != {is_seen}:
            stale.append(identity)

    assert stale == []


async def test_two_databases_do_not_answer_for_each_other(
    stack: AsyncExitStack,
    tmp_path: Path,
    postgresql: Databases,
    database_url: str,
    cache_url: str,
    unique_name: str,
) -> None:
    """As two deployments that get the same events, each with its own seen state."""
    other_url = postgresql.create(unique_name)
    stack.callback(postgresql.drop, unique_name)
    await migrate(other_url)
    own, other = [
        await running(stack, tmp_path, url, cache_url) for url in (database_url, other_url)
    ]
    identity = await store(own)
    await store(other, identity)

    await own.ask(MarkSeen(identity, True))

    assert [await told(each, identity) for each in (own, other)] == [True, False]
    await other.ask(MarkSeen(identity, True))
    await other.ask(MarkSeen(identity, False))
    assert [await told(each, identity) for each in (own, other)] == [True, False]
