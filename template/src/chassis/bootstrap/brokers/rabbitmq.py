"""`amqp://` and `amqps://`: RabbitMQ."""

from collections.abc import Sequence

from chassis.application.ports.broker import Broker
from chassis.application.topology import TopologyRow
from chassis.bootstrap.settings import CoreSettings
from chassis.bootstrap.stored import StoredMessages
from chassis.infrastructure.rabbitmq.broker import RabbitBroker
from chassis.infrastructure.rabbitmq.connection import RabbitConnection
from chassis.infrastructure.rabbitmq.topology import Topology, described

EXAMPLE = "amqp://USER:PASSWORD@HOST:5672/"


def broker(
    settings: CoreSettings,
    bindings: Sequence[str],
    stored: StoredMessages,
    table: Sequence[TopologyRow],
    jobs: Sequence[str],
    durable_jobs: Sequence[str] = (),
) -> Broker:
    """Return the broker; it keeps everything in queues, so `stored` stays empty.

    `jobs` are the remote jobs by name, and `durable_jobs` the bindings of the durable ones.
    """
    own = _topology(settings, bindings, table, jobs)
    return RabbitBroker(settings.broker_url, own, _of_jobs(settings, own, durable_jobs))


def problem(settings: CoreSettings) -> str | None:
    """Return what is wrong with the URL, without quoting it."""
    try:
        RabbitConnection(settings.broker_url, "unused")
    except ValueError:
        return f"it cannot be read; write it as {EXAMPLE}, with special characters percent-encoded"
    return None


def topology(
    settings: CoreSettings,
    bindings: Sequence[str],
    table: Sequence[TopologyRow],
    jobs: Sequence[str],
    durable_jobs: Sequence[str] = (),
) -> dict[str, list[str]]:
    """Return the declarations on the broker, for people."""
    own = _topology(settings, bindings, table, jobs)
    of_jobs = _of_jobs(settings, own, durable_jobs)
    return described([*own.rows(), *(of_jobs.consuming() if of_jobs else ())])


def _of_jobs(settings: CoreSettings, own: Topology, bindings: Sequence[str]) -> Topology | None:
    # A worker holds no more jobs than it works on: other workers may be idle.
    return own.of_jobs(bindings, settings.job_workers) if bindings else None


def _topology(
    settings: CoreSettings,
    bindings: Sequence[str],
    table: Sequence[TopologyRow],
    jobs: Sequence[str],
) -> Topology:
    return Topology(
        exchange=settings.broker_exchange,
        queue=settings.broker_queue,
        bindings=tuple(bindings),
        prefetch=settings.broker_prefetch,
        unrouted_limit=settings.broker_unrouted_limit,
        delays=settings.retry_schedule.delays,
        partitions=settings.broker_partitions,
        # A partition is chosen by the subject.
        headers=settings.broker_attributes == "headers" or settings.broker_partitions > 1,
        table=tuple(table),
        jobs=tuple(jobs),
        rpc_prefetch=settings.rpc_prefetch,
    )
