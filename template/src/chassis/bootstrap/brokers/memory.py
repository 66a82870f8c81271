"""`memory://`: a broker inside the process, for a producer and a consumer that share it."""

from collections.abc import Sequence

from chassis.application.ports.broker import Broker
from chassis.application.topology import TopologyRow
from chassis.bootstrap.settings import CoreSettings
from chassis.bootstrap.stored import StoredMessages
from chassis.infrastructure.memory.broker import MemoryBroker


def broker(
    settings: CoreSettings,
    bindings: Sequence[str],
    stored: StoredMessages,
    table: Sequence[TopologyRow],
    jobs: Sequence[str],
    durable_jobs: Sequence[str] = (),
) -> Broker:
    """Return the broker; it stores dead letters and unrouted messages in the database, `stored`."""
    return MemoryBroker(
        stored.dead_letters,
        stored.unrouted,
        bindings,
        settings.broker_unrouted_limit,
        table,
        settings.rpc_prefetch,
        durable_jobs,
    )


def problem(settings: CoreSettings) -> str | None:
    """Return no problem: any URL of this scheme is valid."""
    return None


def topology(
    settings: CoreSettings,
    bindings: Sequence[str],
    table: Sequence[TopologyRow],
    jobs: Sequence[str],
    durable_jobs: Sequence[str] = (),
) -> dict[str, list[str]]:
    """Return the declarations on the broker, for people: none."""
    return {}
