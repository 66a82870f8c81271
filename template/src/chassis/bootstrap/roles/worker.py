"""The worker: runs schedules and jobs, and serves no transport."""

from dependency_injector import containers, providers

from chassis.application.actors.job import Job
from chassis.application.dead_letter_digest import DeadLetterDigest
from chassis.infrastructure.cron import Cron


class Container(containers.DeclarativeContainer):
    """The worker's own jobs, on top of the core."""

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
