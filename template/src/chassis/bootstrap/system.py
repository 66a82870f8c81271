"""The system: the containers of the running roles and of the user, joined into one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol

from chassis.application.access.guard import guarded_handlers
from chassis.application.access.limiting import limited_handlers
from chassis.application.access.refusals import Refusals
from chassis.application.access.scopes import ADMIN
from chassis.application.actors.job import Job
from chassis.application.actors.scheduler import check_names
from chassis.application.actors.service import BackgroundService
from chassis.application.budget import Budget
from chassis.application.bulkhead import Bulkhead
from chassis.application.bulkhead_handlers import ANSWERS, TIMEOUT, bulkhead_handlers
from chassis.application.bus import Bus, HandlerFactory
from chassis.application.durable_jobs.durable_job import JobRow, by_type
from chassis.application.message import Message
from chassis.application.ports.lifecycle import LifecycleListener
from chassis.application.ports.subscription import Subscription
from chassis.application.readiness import Readiness
from chassis.application.streaming.streamed import Streamed
from chassis.application.topology import TopologyRow, check_topology
from chassis.application.tracing.messages import traced_handlers
from chassis.application.version import under_all_versions
from chassis.bootstrap import discovery
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.core import Core
from chassis.bootstrap.project import read_project
from chassis.bootstrap.role_schedulers import role_schedulers

type Handlers = Mapping[type[Message[Any]], HandlerFactory]


class Closable(Protocol):
    """A component with open streams, which a drain ends."""

    def close(self) -> None:
        """End every stream; the subscribers are told to reconnect."""
        ...


class System:
    """The graph for a set of roles; nothing in it connects before it is used.

    A container may have a table `handlers` (message type → use case). Its tables by event type are
    `events` (→ projection), `streamed` (→ how it is streamed) and `upcasters` (→ conversion to the
    next version). `job_handlers` (message type → handler) are for jobs in a mailbox, and
    `remote_job_handlers` for jobs that other processes ask of this one. `durable_job_handlers` are
    for those that a worker takes from the broker. It may also have `services` (loops, in the order
    in which they stop), `jobs` (at intervals or by a calendar) and `streams`. `topology` are the
    service's own exchanges, queues and bindings. `subscriptions` are bound before the servers
    accept; `essential` and `helpful` are dependencies by name, for readiness. `lifecycle_listeners`
    get what happens to the service itself.
    """

    def __init__(self, configuration: Configuration, roles: Sequence[str]) -> None:
        self.configuration = configuration
        self.settings = configuration.settings
        self.roles = tuple(roles)
        # The URL of each server that has started.
        self.listening: dict[str, str] = {}
        events: dict[str, Any] = {}
        streamed: dict[str, Streamed] = {}
        older: dict[str, Any] = {}
        source = f"/{read_project().slug}"
        upcasters: list[dict[str, Any]] = []
        jobs: list[Job] = []
        job_handlers: dict[type[Message[Any]], HandlerFactory] = {}
        remote_job_handlers: dict[type[Message[Any]], HandlerFactory] = {}
        durable_jobs: dict[str, JobRow] = {}
        listeners: list[LifecycleListener] = []
        topology: list[TopologyRow] = []
        self.core = Core(
            configuration=configuration,
            source=source,
            events=events,
            streamed=streamed,
            older=older,
            all_upcasters=upcasters,
            all_jobs=jobs,
            all_job_handlers=job_handlers,
            all_remote_job_handlers=remote_job_handlers,
            all_durable_jobs=durable_jobs,
            all_lifecycle_listeners=listeners,
            all_topology=topology,
        )
        self._containers = [self.core]
        of_roles: dict[str, list[Any]] = {}
        for name in roles:
            role = discovery.role(name).Container(core=self.core)
            parts = [self._made(part.Container, role) for part in discovery.aggregates(name)]
            of_roles[name] = [role, *parts]
            self._containers += of_roles[name]
        shared = [*discovery.aggregates("every_role"), *discovery.own()]
        made = [self._made(part.Container) for part in shared if hasattr(part, "Container")]
        self._containers += made
        events |= self._joined("events")
        self.events = events
        upcasters += self._provided("upcasters")
        self.upcasters = upcasters
        streamed |= under_all_versions(self._joined("streamed"), upcasters)
        self.streamed = streamed
        older |= under_all_versions(self._joined("older"), upcasters)
        if "worker" in roles:
            durable_jobs |= by_type(self._joined("durable_job_handlers"))
        self.durable_jobs = durable_jobs
        topology += _listed(self._containers, "topology")
        check_topology(topology)
        self.topology = topology
        remote_job_handlers |= self._joined("remote_job_handlers")
        self.remote_job_handlers = remote_job_handlers
        listeners += _listed(self._containers, "lifecycle_listeners")
        # After the tables above, because a job may use the broker, which they configure.
        jobs += _listed([self.core, *made], "jobs")
        jobs_of_roles = {name: _listed(each, "jobs") for name, each in of_roles.items()}
        self.jobs = [*jobs, *(job for each in jobs_of_roles.values() for job in each)]
        check_names(self.jobs)
        self._schedulers = role_schedulers(self.core, jobs_of_roles)
        job_handlers |= self._joined("job_handlers")
        self.job_handlers = job_handlers
        self._factories: Handlers = self._joined("handlers")
        handlers = self._admitted(self._factories)
        # Outermost, so that a trace shows refusals, too.
        self.bus = Bus(traced_handlers(handlers, self.core.tracing(), self.core.messaging()))
        self.readiness = Readiness(
            self._joined("essential"), self._joined("helpful"), self.core.metrics()
        )

    @property
    def scopes(self) -> list[str]:
        """The scopes that messages and streams need, sorted, without the administrator's."""
        scopes = {message.scope for message in self.bus.handled}
        scopes |= {each.scope for each in self.streamed.values()}
        return sorted(scopes - {ADMIN, ""})

    @property
    def services(self) -> list[BackgroundService]:
        """The loops to run, in the order in which they are stopped."""
        # Any other service may leave a job to the mailbox until its own end.
        last = self.core.local_jobs()
        return [*self._schedulers, *_listed(self._containers, "services"), last]

    @property
    def streams(self) -> list[Closable]:
        """The holders of open streams."""
        return _listed(self._containers, "streams")

    @property
    def subscriptions(self) -> list[Subscription]:
        """The receivers of the broker's events."""
        return _listed(self._containers, "subscriptions")

    def prepare(self) -> None:
        """Create the use cases before the first request, so that their counters exist as 0."""
        for factory in (*self._factories.values(), *self.events.values()):
            factory()

    def drain(self) -> None:
        """Turn unready and end the streams."""
        self.readiness.phase = "draining"
        for stream in self.streams:
            stream.close()

    async def close(self) -> None:
        """Close the connections, the database last; send the remaining traces and log lines."""
        core = self.core
        if self._is_limited:
            await core.rate_limit().close()
        for dependency in (
            core.threads(),
            core.processes(),
            core.broker(),
            core.cache(),
            core.journal_signal(),
            core.locks(),
            core.database(),
        ):
            await dependency.close()
        await core.tracing().close()
        core.request_log().flush()

    def _admitted(self, handlers: Handlers) -> Handlers:
        """Return the handlers with the access check, the rate limit and the bulkhead."""
        # The other half of the connections is for short reads and for writes.
        bulkhead = Bulkhead(max(1, self.settings.database_connections // 2), TIMEOUT)
        handlers = bulkhead_handlers(handlers, bulkhead, Budget(ANSWERS))
        if self._is_limited:
            limit, refusals = self.core.rate_limit(), Refusals(self.settings.rate_limit)
            handlers = limited_handlers(handlers, limit, refusals, self.core.metrics())
        if self.core.authenticator().is_on:
            handlers = guarded_handlers(handlers)
        return handlers

    @property
    def _is_limited(self) -> bool:
        return self.settings.rate_limit > 0

    def _made(self, container: Any, role: Any = None) -> Any:
        """Return a part's container, with those of the core and of the role, if it has them."""
        joined = {"core": self.core, "role": role}
        return container(**{name: joined[name] for name in joined.keys() & container.providers})

    def _joined(self, name: str) -> dict[Any, Any]:
        return {key: item for table in self._provided(name) for key, item in table.items()}

    def _provided(self, name: str) -> list[Any]:
        return _provided(self._containers, name)


def _listed(containers: Iterable[Any], name: str) -> list[Any]:
    return [item for items in _provided(containers, name) for item in items]


def _provided(containers: Iterable[Any], name: str) -> list[Any]:
    return [container.providers[name]() for container in containers if name in container.providers]
