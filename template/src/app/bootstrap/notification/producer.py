"""The notification in a producer: its registration."""

from dependency_injector import containers, providers

from app.application.notification.commands.register import RegisterHandler
from app.application.notification.messages import Register
from app.infrastructure.notification.repository import SqlNotifications


class Container(containers.DeclarativeContainer):
    """The notification's commands."""

    core = providers.DependenciesContainer()
    role = providers.DependenciesContainer()

    register = providers.Singleton(
        RegisterHandler,
        commands=role.commands,
        notifications=SqlNotifications,
        codec=core.codec,
        backlog=role.backlog,
        clock=core.clock,
        metrics=core.metrics,
        max_batch=core.settings.provided.max_batch,
    )
    handlers = providers.Dict({Register: register.provider})
