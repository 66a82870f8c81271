"""The core that every role shares: the adapters, the outbox and its relay."""

from datetime import timedelta
from operator import attrgetter
from typing import Any

from dependency_injector import containers, providers

from chassis.application.actors.elector import Elector
from chassis.application.actors.job import Job
from chassis.application.actors.local_jobs import LocalJobs
from chassis.application.actors.memory_signal import MemorySignal
from chassis.application.actors.scheduler import Scheduler
from chassis.application.bindings import bindings_of
from chassis.application.clock_watch import ClockWatch
from chassis.application.delay_limits import DelayLimits
from chassis.application.delayed_relay import DelayedRelay
from chassis.application.durable_jobs.durable_job import job_bindings
from chassis.application.durable_jobs.durable_jobs import DurableJobs
from chassis.application.epoch import EpochMonitor
from chassis.application.lifecycle_events import LifecycleEvents
from chassis.application.locks.elections import Elections
from chassis.application.locks.fenced_locks import FencedLocks
from chassis.application.locks.lock_manager import LockManager
from chassis.application.message import Message
from chassis.application.namespaced import NamespacedCache, NamespacedRateLimit
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.broker import Broker
from chassis.application.ports.cache import Cache
from chassis.application.ports.locks import Locks
from chassis.application.ports.rate_limit import RateLimit
from chassis.application.ports.signal import Signal
from chassis.application.ports.tracing import Tracing
from chassis.application.pruning import PruneHandler, itself
from chassis.application.relay import Relay
from chassis.application.rerouter import Rerouter
from chassis.application.rpc.job_server import JobServer
from chassis.application.rpc.remote_jobs import RemoteJobs
from chassis.application.topology import TopologyRow
from chassis.application.tracing.publisher import traced_publisher
from chassis.bootstrap.access import AccessSettings, make_authenticator
from chassis.bootstrap.adapters import brokers, caches
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.logs import make_request_log
from chassis.bootstrap.schema import SchemaHealth
from chassis.bootstrap.settings import CoreSettings
from chassis.bootstrap.stored import StoredMessages
from chassis.bootstrap.tracing import TracingSettings, make_messaging, make_tracing
from chassis.infrastructure.clock import system_clock
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.dead_letters.dead_letters import SqlDeadLetters
from chassis.infrastructure.database.dead_letters.unrouted import SqlUnrouted
from chassis.infrastructure.database.delayed.delayed_outbox import SqlDelayedOutbox
from chassis.infrastructure.database.job_runs.job_runs import SqlJobRuns
from chassis.infrastructure.database.outbox.leased_outbox import LeasedOutbox
from chassis.infrastructure.database.outbox.outbox_reader import SqlOutboxReader
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork
from chassis.infrastructure.database.work import SqlWork
from chassis.infrastructure.executors.processes import ProcessExecutor
from chassis.infrastructure.executors.threads import ThreadExecutor
from chassis.infrastructure.memory.locks import MemoryLocks
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec

HOUR = 3600.0


def _seconds(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def _bindings(settings: CoreSettings, events: dict[str, Any], upcasters: list[Any]) -> list[str]:
    """Return the bindings that the handled events need, and those that the setting adds."""
    return list(dict.fromkeys([*bindings_of(events, upcasters), *settings.bindings]))


def _broker(
    settings: CoreSettings,
    bindings: list[str],
    stored: StoredMessages,
    topology: list[TopologyRow],
    jobs: list[str],
    durable_jobs: list[str],
) -> Broker:
    make = brokers(settings).broker
    made: Broker = make(settings, bindings, stored, topology, jobs, durable_jobs)
    return made


def _names(table: dict[type[Message[Any]], Any]) -> list[str]:
    return sorted(kind.__name__ for kind in table)


def _cache(settings: CoreSettings) -> Cache:
    made: Cache = caches(settings).cache(settings)
    return made


def _rate_limit(settings: CoreSettings, epoch: EpochMonitor) -> RateLimit:
    return NamespacedRateLimit(caches(settings).rate_limit(settings), epoch)


def _tracing(configuration: Configuration) -> Tracing:
    return make_tracing(configuration.of(TracingSettings))


def _authenticator(configuration: Configuration) -> Authenticator:
    return make_authenticator(configuration.of(AccessSettings))


def _signal(settings: CoreSettings) -> Signal:
    made: Signal = caches(settings).signal(settings)
    return made


def _locks(settings: CoreSettings, database: Database, epoch: EpochMonitor) -> Locks:
    """Return locks where `LOCKS` says."""
    if settings.locks == "database":
        return database.locks()
    return FencedLocks(caches(settings).locks(settings), database.fences(), epoch)


class Core(containers.DeclarativeContainer):
    """Built lazily and synchronously; connections are opened at first use."""

    configuration = providers.Dependency(instance_of=Configuration)
    source = providers.Dependency(instance_of=str)
    events = providers.Dependency(instance_of=dict)
    streamed = providers.Dependency(instance_of=dict)
    older = providers.Dependency(instance_of=dict)
    all_upcasters = providers.Dependency(instance_of=list)
    all_jobs = providers.Dependency(instance_of=list)
    all_job_handlers = providers.Dependency(instance_of=dict)
    all_remote_job_handlers = providers.Dependency(instance_of=dict)
    all_durable_jobs = providers.Dependency(instance_of=dict)
    all_lifecycle_listeners = providers.Dependency(instance_of=list)
    all_topology = providers.Dependency(instance_of=list)

    settings = providers.Callable(attrgetter("settings"), configuration)
    clock = providers.Object(system_clock)
    metrics = providers.Singleton(PrometheusMetrics)
    request_log = providers.Singleton(make_request_log, settings, metrics)
    codec = providers.Singleton(CloudEventsCodec, source)
    tracing = providers.Singleton(_tracing, configuration)
    messaging = providers.Singleton(make_messaging, settings)
    authenticator = providers.Singleton(_authenticator, configuration)

    database = providers.Singleton(
        Database, settings.provided.database_url, settings.provided.database_connections
    )
    writers = database.provided.dialect.writers
    leased_outbox = providers.Singleton(LeasedOutbox, clock)
    outbox_reader = providers.Singleton(SqlOutboxReader, database, clock, leased_outbox)
    stored = providers.Singleton(
        StoredMessages,
        providers.Singleton(SqlDeadLetters, database, clock),
        providers.Singleton(SqlUnrouted, database, clock),
    )
    retention = providers.Singleton(_seconds, settings.provided.retention)
    journal_age_limit = providers.Singleton(_seconds, settings.provided.journal_age_limit)
    ingest_age_limit = providers.Singleton(_seconds, settings.provided.ingest_age_limit)
    idempotency_ttl = providers.Singleton(_seconds, settings.provided.idempotency_ttl)
    delay_limits = providers.Singleton(
        DelayLimits,
        clock,
        providers.Singleton(_seconds, settings.provided.max_delay),
        settings.provided.outbox_delayed_mark,
    )
    work = providers.Singleton(
        SqlUnitOfWork,
        database,
        providers.Factory(
            SqlWork,
            clock=clock,
            leased_outbox=leased_outbox,
            delay_limits=delay_limits,
            idempotency_ttl=idempotency_ttl,
            older=older,
        ).provider,
    )

    bindings = providers.Callable(_bindings, settings, events, all_upcasters)
    remote_job_names = providers.Callable(_names, all_remote_job_handlers)
    job_bindings = providers.Callable(job_bindings, source, all_durable_jobs)
    broker = providers.Singleton(
        _broker, settings, bindings, stored, all_topology, remote_job_names, job_bindings
    )
    dead_letters = providers.Callable(attrgetter("dead_letters"), broker)
    epoch = providers.Singleton(EpochMonitor, work, metrics)
    cache_adapter = providers.Singleton(_cache, settings)
    cache = providers.Singleton(NamespacedCache, cache_adapter, epoch)
    rate_limit = providers.Singleton(_rate_limit, settings, epoch)
    lifecycle = providers.Singleton(
        LifecycleEvents, settings.provided.lifecycle_kinds, all_lifecycle_listeners, metrics
    )
    outbox_signal = providers.Singleton(MemorySignal)
    journal_signal = providers.Singleton(_signal, settings)

    publisher = providers.Singleton(
        traced_publisher, broker.provided.publisher, codec, tracing, messaging
    )
    relay = providers.Singleton(Relay, outbox_reader, publisher, outbox_signal, metrics, writers)
    delayed_relay = providers.Singleton(
        DelayedRelay,
        providers.Singleton(SqlDelayedOutbox, database, leased_outbox),
        outbox_signal,
        clock,
        metrics,
        delay_limits,
    )
    rerouter = providers.Singleton(Rerouter, broker.provided.unrouted, metrics)

    prune_journal = providers.Factory(
        PruneHandler, work, attrgetter("journal"), clock, journal_age_limit
    )
    prune_keys = providers.Factory(
        PruneHandler, work, attrgetter("idempotency"), clock, idempotency_ttl
    )
    job_runs = providers.Singleton(SqlUnitOfWork, database, SqlJobRuns)
    prune_runs = providers.Factory(PruneHandler, job_runs, itself, clock, retention)
    jobs = providers.List(
        *(
            providers.Factory(Job, name=name, step=step, interval=HOUR, leader_only=True)
            for name, step in (
                ("prune-journal", prune_journal),
                ("prune-keys", prune_keys),
                ("prune-job-runs", prune_runs),
            )
        )
    )
    # Each has a connection of its own: that of an election is closed when the process resigns.
    new_locks = providers.Factory(_locks, settings, database, epoch)
    elections = providers.Singleton(Elections, new_locks.provider)
    election = elections.provided.of.call()
    locks = providers.Singleton(LockManager, new_locks, metrics)
    local_locks = providers.Singleton(
        LockManager, providers.Factory(MemoryLocks), metrics, providers.Object("local")
    )
    elector = providers.Singleton(Elector, election, metrics)
    scheduler = providers.Singleton(
        Scheduler, all_jobs, election, clock, metrics, job_runs, lifecycle
    )

    durable_jobs = providers.Singleton(DurableJobs, work, codec, outbox_signal, clock, source)

    threads = providers.Singleton(ThreadExecutor, settings.provided.executor_threads, metrics)
    processes = providers.Singleton(ProcessExecutor, settings.provided.processes, metrics)
    local_jobs = providers.Singleton(
        LocalJobs, all_job_handlers, settings.provided.job_workers, metrics
    )

    remote_jobs = providers.Singleton(
        RemoteJobs,
        broker.provided.rpc_client,
        settings.provided.rpc_in_flight,
        settings.provided.max_body,
        metrics,
        tracing,
    )
    job_server = providers.Singleton(
        JobServer,
        broker.provided.rpc_server,
        all_remote_job_handlers,
        settings.provided.max_body,
        metrics,
        tracing,
    )

    clock_watch = providers.Singleton(ClockWatch, database, clock, metrics)

    # The job server first: its handlers may need the others.
    services = providers.List(
        job_server,
        rerouter,
        delayed_relay,
        relay,
        scheduler,
        elector,
        clock_watch,
        epoch,
        lifecycle,
    )
    essential = providers.Dict(database=database)
    helpful = providers.Dict(
        broker=broker,
        cache=cache,
        clock=clock_watch,
        schema=providers.Singleton(SchemaHealth, database),
    )
