"""The producer: accepts notifications."""

from dependency_injector import containers, providers

from app.application.backlog import Backlog
from app.application.notification.commands.register import RegisterHandler
from app.application.notification.messages import Register
from app.application.notification.registrar import Registrar


class Container(containers.DeclarativeContainer):
    """The producer's use cases and actors, on top of the core."""

    core = providers.DependenciesContainer()

    backlog = providers.Singleton(
        Backlog,
        pending=core.pending,
        clock=core.clock,
        metrics=core.metrics,
        mark=core.settings.provided.outbox_mark,
    )
    registrar = providers.Singleton(
        Registrar, work=core.notification_work, wake=core.outbox_wake, metrics=core.metrics
    )
    register = providers.Singleton(
        RegisterHandler,
        registrar=registrar,
        codec=core.codec,
        backlog=backlog,
        clock=core.clock,
        metrics=core.metrics,
        max_batch=core.settings.provided.max_batch,
    )

    handlers = providers.Dict({Register: register.provider})
    services = providers.List(registrar, backlog)
    essential = providers.Dict(outbox=backlog)
