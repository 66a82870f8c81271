"""The producer: accepts commands."""

from dependency_injector import containers, providers

from chassis.application.backlog import Backlog
from chassis.application.commands.batcher import CommandBatcher
from chassis.application.commands.executor import CommandExecutor


class Container(containers.DeclarativeContainer):
    """The producer's actors, on top of the core."""

    core = providers.DependenciesContainer()

    backlog = providers.Singleton(
        Backlog,
        outbox=core.outbox_reader,
        clock=core.clock,
        metrics=core.metrics,
        high_water_mark=core.settings.provided.outbox_mark,
    )
    commands = providers.Singleton(
        CommandBatcher, work=core.work, signal=core.outbox_signal, metrics=core.metrics
    )
    executor = providers.Singleton(CommandExecutor, commands, backlog, core.codec, core.clock)

    services = providers.List(commands, backlog)
    essential = providers.Dict(outbox=backlog)
