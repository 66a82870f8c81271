"""`memory://`: a broker inside the process, for a producer and a consumer that share it."""

from collections.abc import Sequence

from chassis.application.ports.broker import Broker
from chassis.bootstrap.settings import Settings
from chassis.bootstrap.stored import Stored
from chassis.infrastructure.memory.broker import MemoryBroker


def broker(settings: Settings, bindings: Sequence[str], stored: Stored) -> Broker:
    """Return the broker; it keeps in the database, `stored`, dead and unrouted messages."""
    limit = settings.broker_unrouted_limit
    return MemoryBroker(stored.dead_letters, stored.unrouted, bindings, limit)


def problem(settings: Settings) -> str | None:
    """Return what is wrong with the URL: nothing, whatever follows its scheme."""
    return None


def topology(settings: Settings, bindings: Sequence[str]) -> dict[str, list[str]]:
    """Return what is declared on the broker, for people: nothing."""
    return {}
