"""The service as an ASGI application, for any ASGI server and for the `litestar` command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar

from app.bootstrap.configuration import Configuration
from app.bootstrap.lifecycle import Grace, running
from app.bootstrap.logs import configure_logs
from app.bootstrap.schema import ready_schema
from app.bootstrap.selection import select_roles
from app.bootstrap.servers import http
from app.bootstrap.system import System


def create() -> Litestar:
    """Return the application with every generated role; its loops run while the server does.

    The ops port belongs to the command `serve`, which also owns signals and draining. Raises
    `SettingsError` or `SelectionError`.
    """
    configuration = Configuration.read()
    configure_logs(configuration.settings)
    system = System(configuration, select_roles(configuration.settings))

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await ready_schema(system.core.database())
        async with running(system, Grace(configuration.settings.shutdown_grace)):
            system.readiness.phase = "serving"
            yield

    application: Litestar = http.application(system, lifespan=[lifespan])
    return application
