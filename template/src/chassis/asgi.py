"""A service as an ASGI application, for any ASGI server and for the `litestar` command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.error_reports import SentrySettings, error_reports
from chassis.bootstrap.lifecycle import Grace, running
from chassis.bootstrap.logs import configure_logs
from chassis.bootstrap.schema import ready_schema
from chassis.bootstrap.selection import select_roles
from chassis.bootstrap.servers import http
from chassis.bootstrap.system import System
from chassis.service_package import use_service


def create_app(package: str) -> Litestar:
    """Return the application with every generated role; its loops run while the server does.

    `package` is the service's. The ops port belongs to the command `serve`, which also owns signals
    and draining. Raises `SettingsError` or `SelectionError`.
    """
    use_service(package)
    configuration = Configuration.read()
    configure_logs(configuration.settings)
    system = System(configuration, select_roles(configuration.settings))

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        settings = configuration.settings
        with error_reports(configuration.of(SentrySettings), settings.environment):
            await ready_schema(system.core.database())
            async with running(system, Grace(settings.shutdown_grace)):
                system.readiness.phase = "serving"
                yield

    application: Litestar = http.application(system, lifespan=[lifespan])
    return application
