"""The port `Health`."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.application.errors import Unavailable
from app.application.ports.dead_letters import DeadLetters
from app.application.ports.health import Health
from app.infrastructure.database.database import Database
from app.infrastructure.memory.broker import MemoryBroker
from app.infrastructure.memory.cache import MemoryCache
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters


def dead_letters() -> DeadLetters:
    return MemoryDeadLetters(MemoryDatabase())


type Adapter = Database | MemoryBroker | MemoryCache

WELL: dict[str, Callable[[Path], Adapter]] = {
    "sqlite": lambda folder: Database(f"sqlite+aiosqlite:///{folder}/app.db"),
    "memory broker": lambda _: MemoryBroker("memory://", dead_letters()),
    "memory cache": lambda _: MemoryCache("memory://", ttl=60),
}

# What lives in the process is there for as long as the process is.
AWAY: dict[str, Callable[[Path], Adapter]] = {
    "sqlite": lambda folder: Database(f"sqlite+aiosqlite:///{folder}/file/app.db"),
}


@pytest.mark.parametrize("adapter", WELL.values(), ids=WELL)
async def test_what_is_well_says_nothing(
    adapter: Callable[[Path], Adapter], tmp_path: Path
) -> None:
    async with opened(adapter(tmp_path)) as health:
        await health.check()


@pytest.mark.parametrize("adapter", AWAY.values(), ids=AWAY)
async def test_what_is_away_says_why(adapter: Callable[[Path], Adapter], tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async with opened(adapter(tmp_path)) as health:
        with pytest.raises(Unavailable, match=r"\w+ \w+"):
            await health.check()


@asynccontextmanager
async def opened(adapter: Adapter) -> AsyncIterator[Health]:
    yield adapter
    await adapter.close()
