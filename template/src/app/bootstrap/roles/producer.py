"""The producer: accepts notifications."""

from dependency_injector import containers, providers

from app.application.backlog import Backlog
from app.application.notification.commands.register import RegisterHandler
from app.application.notification.messages import Register


class Container(containers.DeclarativeContainer):
    """The producer's use cases, on top of the core."""

    core = providers.DependenciesContainer()

    backlog = providers.Singleton(
        Backlog,
        pending=core.pending,
        clock=core.clock,
        metrics=core.metrics,
        mark=core.settings.provided.outbox_mark,
    )
    register = providers.Factory(
        RegisterHandler,
        work=core.notification_work,
        codec=core.codec,
        backlog=backlog,
        clock=core.clock,
        wake=core.outbox_wake,
        metrics=core.metrics,
        max_batch=core.settings.provided.max_batch,
    )

    handlers = providers.Dict({Register: register.provider})
    essential = providers.Dict(outbox=backlog)
