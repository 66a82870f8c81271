"""The notification in a consumer: the projection of its events."""

from dependency_injector import containers, providers

from app.application.notification.mapping import REGISTERED
from app.application.notification.projection import NotificationProjection
from app.infrastructure.notification.repository import SqlNotifications


class Container(containers.DeclarativeContainer):
    """The notification's projection."""

    core = providers.DependenciesContainer()

    projection = providers.Singleton(NotificationProjection, SqlNotifications, core.cache)
    events = providers.Dict({REGISTERED: projection.provider})
