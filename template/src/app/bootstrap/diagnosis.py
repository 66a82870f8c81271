"""A diagnosis: what would keep the service from running, and how to mend it."""

import asyncio
from collections.abc import AsyncIterator

from msgspec import Struct

from app.application.errors import ApplicationError
from app.application.ports.health import Health
from app.bootstrap import discovery
from app.bootstrap.configuration import Configuration
from app.bootstrap.environment import SettingsError
from app.bootstrap.schema import schema_problem
from app.bootstrap.selection import SelectionError, select_roles
from app.bootstrap.system import System
from app.interfaces.serving.errors import StartError
from app.interfaces.serving.listener import listen

TIMEOUT = 5.0


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at; `advice` says what is wrong and what to do."""

    about: str
    ok: bool
    advice: str = ""


async def diagnose() -> AsyncIterator[Finding]:
    """Yield a finding for each thing that the service needs."""
    try:
        configuration = Configuration.read()
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(about="settings", ok=False, advice=problem)
        return
    yield Finding(about="settings", ok=True)
    try:
        select_roles(configuration.settings)
        yield Finding(about="roles", ok=True)
    except SelectionError as error:
        yield Finding(about="roles", ok=False, advice=str(error))
    for name, module in discovery.servers().items():
        yield _port(name, configuration.of(module.Settings))
    async for finding in _servers(configuration):
        yield finding


async def _servers(configuration: Configuration) -> AsyncIterator[Finding]:
    system = System(configuration, [])
    core = system.core
    database, broker, cache = core.database(), core.broker(), core.cache()
    checks: dict[str, Health] = {"database": database, "broker": broker, "cache": cache}
    try:
        for name, health in checks.items():
            problem = ""
            try:
                async with asyncio.timeout(TIMEOUT):
                    await health.check()
                    if name == "database":
                        problem = await schema_problem(database)
            except TimeoutError:
                problem = f"no answer within {TIMEOUT:g} s: is the server of {name.upper()}_URL up?"
            except ApplicationError as error:
                problem = str(error)
            yield Finding(about=name, ok=not problem, advice=problem)
    finally:
        await system.close()


def _port(name: str, settings: Struct) -> Finding:
    host, port = getattr(settings, f"{name}_host"), getattr(settings, f"{name}_port")
    try:
        listen(name, host, port, backlog=1).close()
        return Finding(about=f"{name} port", ok=True)
    except StartError as error:
        return Finding(about=f"{name} port", ok=False, advice=str(error))
