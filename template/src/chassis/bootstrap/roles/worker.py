"""The worker: runs schedules and jobs, and serves no transport."""

from collections.abc import Callable, Mapping
from typing import Any

from dependency_injector import containers, providers
from msgspec.structs import replace

from chassis.application.actors.job import Job
from chassis.application.consuming.consumer import Consumer
from chassis.application.consuming.failure_handler import FailureHandler
from chassis.application.consuming.upcasting import Upcasting
from chassis.application.dead_letter_digest import DeadLetterDigest
from chassis.application.durable_jobs.job_handling import JobHandling
from chassis.application.tracing.events import traced_events
from chassis.application.tracing.messaging import Messaging
from chassis.infrastructure.cron import Cron


def _handlers(table: Mapping[str, Any]) -> dict[str, Callable[[], Any]]:
    return {kind: row.handler for kind, row in table.items()}


def _of_jobs(messaging: Messaging) -> Messaging:
    return replace(messaging, queue=f"{messaging.queue}.jobs")


def _if_any[Part](table: Mapping[str, Any], make: Callable[[], Part], none: Part) -> Part:
    """Return what `make` makes, or `none` if the table has no durable job."""
    return make() if table else none


class Container(containers.DeclarativeContainer):
    """The worker's own jobs, and its consumer of durable ones, on top of the core."""

    core = providers.DependenciesContainer()

    digest = providers.Singleton(DeadLetterDigest, core.dead_letters, core.metrics)
    digest_time = providers.Factory(
        Cron, core.settings.provided.worker_digest, zone=core.settings.provided.worker_time_zone
    )
    jobs = providers.List(
        providers.Factory(
            Job, name="dead-letter-digest", step=digest, cron=digest_time, leader_only=True
        )
    )

    handling = providers.Singleton(
        JobHandling,
        table=core.all_durable_jobs,
        work=core.work,
        health=core.database,
        clock=core.clock,
        metrics=core.metrics,
        retention=core.ingest_age_limit,
        meet_ahead=core.clock_watch.provided.meet_ahead,
    )
    failure_handler = providers.Singleton(
        FailureHandler,
        subscription=core.broker.provided.jobs,
        schedule=core.settings.provided.retry_schedule,
        clock=core.clock,
        metrics=core.metrics,
        name="job_failure_handler",
        lifecycle=core.lifecycle,
        on_dead_letter=handling.provided.count_dead_letter,
    )
    consumer = providers.Singleton(
        Consumer,
        subscription=core.broker.provided.jobs,
        codec=core.codec,
        handle=providers.Callable(
            traced_events, handling, core.tracing, providers.Callable(_of_jobs, core.messaging)
        ),
        upcasting=providers.Singleton(
            Upcasting,
            providers.Callable(_handlers, core.all_durable_jobs),
            providers.Object(()),
            core.metrics,
        ),
        failures=failure_handler,
        health=core.database,
        metrics=core.metrics,
        name="job_consumer",
        batch=core.settings.provided.job_workers,
    )
    services = providers.Callable(
        _if_any, core.all_durable_jobs, providers.List(consumer, failure_handler).provider, []
    )
    subscriptions = providers.Callable(
        _if_any, core.all_durable_jobs, providers.List(core.broker.provided.jobs).provider, []
    )
    helpful = providers.Callable(
        _if_any, core.all_durable_jobs, providers.Dict(jobs=consumer).provider, {}
    )
