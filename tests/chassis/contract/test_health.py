"""The port `Health`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chassis.application.errors import Unavailable
from chassis.application.ports.health import Health
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.memory.broker import MemoryBroker
from chassis.infrastructure.memory.cache import MemoryCache
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.topology import Topology
from chassis.infrastructure.redis.cache import RedisCache
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted

NOBODY = "127.0.0.1:1"
NAMES = Topology(exchange="health", queue="health", bindings=("#",), prefetch=1, unrouted_limit=1)


def memory_broker() -> MemoryBroker:
    database = MemoryDatabase()
    return MemoryBroker(MemoryDeadLetters(database), MemoryUnrouted(database), [], 1)


type Adapter = Database | MemoryBroker | MemoryCache | RabbitBroker | RedisCache


def empty_file(folder: Path) -> Database:
    # Migrations alone make one.
    (folder / "app.db").touch()
    return Database(f"sqlite+aiosqlite:///{folder}/app.db")


WELL: dict[str, Callable[[Path], Adapter]] = {
    "sqlite": empty_file,
    "memory broker": lambda _: memory_broker(),
    "memory cache": lambda _: MemoryCache(ttl=60),
}

# A kind of server: how to make its client from the URL, and the fixture that has one.
SERVERS: dict[str, tuple[Callable[[str], Adapter], str]] = {
    "postgresql": (Database, "database_url"),
    "rabbitmq": (lambda url: RabbitBroker(url, NAMES), "broker_url"),
    "redis": (lambda url: RedisCache(url, 60, "health:"), "cache_url"),
}

# A server in the process is there for as long as the process is.
AWAY: dict[str, Callable[[Path], Adapter]] = {
    "sqlite": lambda folder: Database(f"sqlite+aiosqlite:///{folder}/file/app.db"),
    "postgresql": lambda _: Database(f"postgresql+asyncpg://ada:hush@{NOBODY}/app"),
    "rabbitmq": lambda _: RabbitBroker(f"amqp://ada:hush@{NOBODY}/", NAMES),
    "redis": lambda _: RedisCache(f"redis://:hush@{NOBODY}/0", 60, "health:"),
}


@pytest.mark.parametrize("adapter", WELL.values(), ids=WELL)
async def test_what_is_well_says_nothing(
    adapter: Callable[[Path], Adapter], tmp_path: Path
) -> None:
    async with opened(adapter(tmp_path)) as health:
        await health.check()


@pytest.mark.parametrize("name", SERVERS)
async def test_a_server_that_is_well_says_nothing(
    name: str, request: pytest.FixtureRequest
) -> None:
    make, fixture = SERVERS[name]
    async with opened(make(request.getfixturevalue(fixture))) as health:
        await health.check()


@pytest.mark.parametrize("adapter", AWAY.values(), ids=AWAY)
async def test_what_is_away_says_why(adapter: Callable[[Path], Adapter], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async with opened(adapter(tmp_path)) as health:
        with pytest.raises(Unavailable, match=r"\w+ \w+") as caught:
            await health.check()
        assert "hush" not in str(caught.value)


@asynccontextmanager
async def opened(adapter: Adapter) -> AsyncIterator[Health]:
    yield adapter
    await adapter.close()
