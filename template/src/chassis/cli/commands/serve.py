"""Serve: run the service."""

import asyncio
import logging
from types import ModuleType
from typing import Annotated

from cyclopts import Parameter

from chassis.bootstrap import discovery, open_files
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.error_reports import SentrySettings, error_reports
from chassis.bootstrap.lifecycle import serve
from chassis.bootstrap.limits import CONNECTIONS_LIMIT, connections_of, shortage
from chassis.bootstrap.logs import configure_logs
from chassis.bootstrap.loop import loop_factory
from chassis.bootstrap.schema import ready_schema
from chassis.bootstrap.secrets import shown
from chassis.bootstrap.selection import as_roles, select_roles, select_servers
from chassis.bootstrap.system import System

log = logging.getLogger(__name__)

type Names = Annotated[list[str] | None, Parameter(negative=())]


def command(*, role: Names = None, server: Names = None) -> None:
    """Run the service until it is told to stop.

    SIGTERM or SIGINT drains it: accepted requests are answered, subscribers are told to reconnect,
    deliveries are handled or requeued. A second signal ends it at once.

    Parameters
    ----------
    role
        A role to run; may be given several times. By default all of the project.
    server
        A transport to serve; may be given several times. By default all of the project, and none
        for a worker alone. `worker` by itself is `--role worker`.
    """
    configuration = Configuration.read()
    asked_roles, asked_servers = as_roles(role, server)
    roles = select_roles(configuration.settings, asked_roles)
    servers = [discovery.server(name) for name in select_servers(asked_servers, roles)]
    configure_logs(configuration.settings)
    open_files.raise_limit()
    system = System(configuration, roles)
    reports = configuration.of(SentrySettings)
    with (
        error_reports(reports, configuration.settings.environment),
        asyncio.Runner(loop_factory=loop_factory()) as runner,
    ):
        runner.run(_serve(system, servers))


def _behind(system: System) -> dict[str, object]:
    """Return the parts that the service runs on, without secrets."""
    settings = system.settings
    return {
        "database": system.core.database().where,
        "broker": shown("BROKER_URL", settings.broker_url),
        "cache": shown("CACHE_URL", settings.cache_url),
    }


async def _serve(system: System, servers: list[ModuleType]) -> None:
    await ready_schema(system.core.database())
    # It counts lost lines, those of a process without servers included.
    system.core.request_log()
    log.info("starting", extra=_behind(system))
    if servers:
        system.core.metrics().gauge(CONNECTIONS_LIMIT, connections_of(system.settings))
        if advice := shortage(system.settings):
            log.warning("few connections", extra={"advice": advice})
    ops = discovery.server("ops").build(system)
    await serve(system, [server.build(system) for server in servers], ops)
