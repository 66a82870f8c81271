"""The parts of the notification in every role: its queries, its stream's name, and its pruning."""

from dependency_injector import containers, providers

from app.application.notification.commands.lifecycle import LifecycleNotifier
from app.application.notification.commands.mark_seen import MarkSeenHandler
from app.application.notification.commands.own_notifications import OwnNotifications
from app.application.notification.mapping import REGISTERED
from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    Report,
)
from app.application.notification.queries.get_notification import GetNotificationHandler
from app.application.notification.queries.list_notifications import ListNotificationsHandler
from app.application.notification.queries.report import ReportHandler
from app.application.notification.stream import STREAMED
from app.infrastructure.notification.announced import announced
from app.infrastructure.notification.repository import SqlNotifications
from chassis.application.actors.job import Job
from chassis.application.pruning import PruneHandler, itself
from chassis.bootstrap.core import HOUR
from chassis.infrastructure.database.unit_of_work import SqlUnitOfWork


class Container(containers.DeclarativeContainer):
    """The notification's use cases that any role serves."""

    core = providers.DependenciesContainer()

    work = providers.Singleton(SqlUnitOfWork, core.database, SqlNotifications)
    mark_seen = providers.Singleton(MarkSeenHandler, work, core.cache, core.lifecycle)
    get_notification = providers.Singleton(GetNotificationHandler, work, core.cache, core.metrics)
    list_notifications = providers.Singleton(ListNotificationsHandler, work, core.clock)
    report = providers.Singleton(ReportHandler, work, core.clock)
    prune = providers.Factory(PruneHandler, work, itself, core.clock, core.retention)

    own = providers.Singleton(
        OwnNotifications,
        work=core.work,
        notifications=SqlNotifications,
        codec=core.codec,
        signal=core.outbox_signal,
        clock=core.clock,
        source=core.source,
    )
    lifecycle_listeners = providers.List(providers.Singleton(LifecycleNotifier, own))

    handlers = providers.Dict(
        {
            MarkSeen: mark_seen.provider,
            GetNotification: get_notification.provider,
            ListNotifications: list_notifications.provider,
            Report: report.provider,
        }
    )
    jobs = providers.List(
        providers.Factory(
            Job, name="prune-notifications", step=prune, interval=HOUR, leader_only=True
        )
    )
    streamed = providers.Dict({REGISTERED: STREAMED})
    older = providers.Dict({REGISTERED: announced})
