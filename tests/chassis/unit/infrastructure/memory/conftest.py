import pytest

from chassis.infrastructure.memory.broker import MemoryBroker
from tests.memory_database import MemoryDatabase
from tests.memory_dead_letters import MemoryDeadLetters, MemoryUnrouted


@pytest.fixture
def database() -> MemoryDatabase:
    return MemoryDatabase()


@pytest.fixture
def dead_letters(database: MemoryDatabase) -> MemoryDeadLetters:
    return MemoryDeadLetters(database)


@pytest.fixture
def unrouted(database: MemoryDatabase) -> MemoryUnrouted:
    return MemoryUnrouted(database)


@pytest.fixture
def broker(dead_letters: MemoryDeadLetters, unrouted: MemoryUnrouted) -> MemoryBroker:
    return MemoryBroker(dead_letters, unrouted, ["key"], unrouted_limit=3)
