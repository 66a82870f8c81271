"""The notification in a worker: its heartbeat."""

from typing import Any

from dependency_injector import containers, providers

from app.application.notification.commands.heartbeat import HeartbeatHandler
from app.application.notification.commands.own_notifications import OwnNotifications
from app.infrastructure.notification.repository import SqlNotifications
from chassis.application.actors.job import Job


def _jobs(seconds: float, heartbeat: Any) -> list[Job]:
    """Return the job of the heartbeat, unless the setting is 0."""
    if not seconds:
        return []
    return [Job(name="heartbeat", step=heartbeat(), interval=seconds, jitter=0, leader_only=True)]


class Container(containers.DeclarativeContainer):
    """The notifications that a worker makes itself."""

    core = providers.DependenciesContainer()

    own = providers.Singleton(
        OwnNotifications,
        work=core.work,
        notifications=SqlNotifications,
        codec=core.codec,
        signal=core.outbox_signal,
        clock=core.clock,
        source=core.source,
    )
    heartbeat = providers.Singleton(
        HeartbeatHandler, own, core.elections.provided.of.call("worker")
    )
    jobs = providers.Callable(_jobs, core.settings.provided.worker_heartbeat, heartbeat.provider)
