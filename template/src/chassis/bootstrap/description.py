"""A description of the service, made from the same tables that it runs on."""

from collections.abc import Callable
from types import ModuleType
from typing import Any

from msgspec import Struct

from chassis.application.bindings import binding_of
from chassis.application.retry_schedule import RetrySchedule
from chassis.bootstrap import discovery
from chassis.bootstrap.adapters import brokers
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.project import read_project
from chassis.bootstrap.secrets import shown
from chassis.bootstrap.system import Handlers, System


class EventType(Struct, frozen=True):
    """The binding and the handler of an event type."""

    binding: str
    handler: str


class Description(Struct, frozen=True, kw_only=True):
    """The output of `describe`; the lists are sorted."""

    name: str
    roles: dict[str, list[str]]
    servers: dict[str, list[str]]
    identities: dict[str, str]
    events: dict[str, EventType]
    upcasters: dict[str, str]
    jobs: dict[str, str]
    job_handlers: dict[str, str]
    remote_job_handlers: dict[str, str]
    durable_jobs: dict[str, str]
    retries: dict[str, str]
    topology: dict[str, list[str]]
    settings: dict[str, object]


def describe() -> Description:
    """Return the description of this project under its present settings; raises `SettingsError`."""
    configuration = Configuration.read()
    roles = discovery.role_names()
    system = System(configuration, roles)
    return Description(
        name=read_project().name,
        roles={name: _handled(System(configuration, [name])) for name in roles},
        servers={name: _routes(module, system) for name, module in discovery.servers().items()},
        identities={
            name: module.identity(configuration)
            for name, module in discovery.servers().items()
            if hasattr(module, "identity")
        },
        events={
            kind: EventType(binding_of(kind), _name(factory))
            for kind, factory in sorted(system.events.items())
        },
        upcasters=_upcasters(system),
        jobs={job.name: str(job) for job in sorted(system.jobs, key=lambda job: job.name)},
        job_handlers=_by_message(system.job_handlers),
        remote_job_handlers=_by_message(system.remote_job_handlers),
        durable_jobs={
            kind: _name(row.handler) for kind, row in sorted(system.durable_jobs.items())
        },
        retries=_retries(configuration.settings.retry_schedule),
        topology=brokers(configuration.settings).topology(
            configuration.settings,
            system.core.bindings(),
            system.topology,
            system.core.remote_job_names(),
            system.core.job_bindings(),
        ),
        settings={name: shown(name, value) for name, value in configuration.items()},
    )


def _by_message(handlers: Handlers) -> dict[str, str]:
    """Return the handler of each message."""
    return {
        kind.__name__: _name(factory)
        for kind, factory in sorted(handlers.items(), key=lambda item: item[0].__name__)
    }


def _upcasters(system: System) -> dict[str, str]:
    """Return the upcaster of each older version."""
    joined = {kind: upcaster for table in system.upcasters for kind, upcaster in table.items()}
    # A partial function, for example, has no name.
    return {kind: getattr(joined[kind], "__name__", str(joined[kind])) for kind in sorted(joined)}


def _retries(schedule: RetrySchedule) -> dict[str, str]:
    """Return the step after each failure of an event."""
    steps = [f"again after {delay:g} s" for delay in schedule.delays] + ["dead-lettered"]
    return {f"failure {number}": step for number, step in enumerate(steps, 1)}


def _handled(system: System) -> list[str]:
    return sorted(message.__name__ for message in system.bus.handled)


def _routes(module: ModuleType, system: System) -> list[str]:
    routes: Callable[[System], list[str]] = module.routes
    return routes(system)


def _name(factory: Any) -> str:
    name: str = factory.cls.__name__
    return name
