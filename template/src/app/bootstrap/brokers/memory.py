"""`memory://`: a broker inside the process, for a producer and a consumer that share it."""

from app.application.ports.broker import Broker
from app.application.ports.dead_letters import DeadLetters
from app.bootstrap.settings import Settings
from app.infrastructure.memory.broker import MemoryBroker


def broker(settings: Settings, stored: DeadLetters) -> Broker:
    """Return the broker; it keeps what it parks in the database, as `stored`."""
    return MemoryBroker(stored)


def problem(settings: Settings) -> str | None:
    """Return what is wrong with the URL: nothing, whatever follows its scheme."""
    return None


def topology(settings: Settings) -> dict[str, list[str]]:
    """Return what is declared on the broker, for people: nothing."""
    return {}
