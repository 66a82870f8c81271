"""A diagnosis: the problems that would keep the service from running, and how to fix them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from types import ModuleType
from urllib.parse import urlsplit

from msgspec import Struct

from chassis.application.clock_watch import ClockWatch
from chassis.application.errors import ApplicationError
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.health import Diagnosable
from chassis.bootstrap import discovery, open_files
from chassis.bootstrap.configuration import Configuration
from chassis.bootstrap.environment import SettingsError
from chassis.bootstrap.finding import Finding
from chassis.bootstrap.limits import shortage
from chassis.bootstrap.running import listening_here
from chassis.bootstrap.schema import schema_problem
from chassis.bootstrap.selection import SelectionError, select_roles
from chassis.bootstrap.system import System
from chassis.bootstrap.weak_secrets import exposed, weaknesses
from chassis.infrastructure.database.database import Database
from chassis.interfaces.serving.errors import StartError
from chassis.interfaces.serving.listener import listen

# Longer than any adapter's own limit, whose error says more.
TIMEOUT = 12.0


async def diagnose() -> AsyncIterator[Finding]:
    """Yield a finding for each thing that the service needs."""
    try:
        configuration = Configuration.read()
    except SettingsError as error:
        for problem in error.problems:
            yield Finding(about="settings", ok=False, advice=problem)
        return
    yield Finding(about="settings", ok=True)
    weak = [*weaknesses(configuration.items()), *exposed(configuration.secret_files)]
    yield Finding(about="secrets", ok=True, advice="; ".join(weak))
    try:
        select_roles(configuration.settings)
        yield Finding(about="roles", ok=True)
    except SelectionError as error:
        yield Finding(about="roles", ok=False, advice=str(error))
    if left := discovery.leftovers():
        names = ", ".join(map(str, left))
        advice = (
            f"{names}: left over from a part that is no longer chosen, and not started; delete it"
        )
        yield Finding(about="leftovers", ok=True, advice=advice)
    # As `serve` does first of all.
    open_files.raise_limit()
    yield Finding(about="open files", ok=True, advice=shortage(configuration.settings))
    listening = await listening_here(configuration)
    for name, module in discovery.servers().items():
        if (kind := discovery.settings_of(module)) is not None:
            yield _port(name, module, configuration.of(kind), listening.get(name))
        if (examine := getattr(module, "examine", None)) is not None:
            yield examine(configuration)
    async for finding in _servers(configuration):
        yield finding


async def _servers(configuration: Configuration) -> AsyncIterator[Finding]:
    system = System(configuration, [])
    core = system.core
    database = core.database()
    try:
        found = await _database(database)
        yield found
        if found.ok and not found.note:
            yield await _schema(database)
            yield await _clock(core.clock_watch())
        yield await _examine("broker", core.broker())
        yield await _examine("cache", core.cache())
        yield await _access(core.authenticator())
    finally:
        await system.close()


async def _examine(name: str, server: Diagnosable) -> Finding:
    try:
        async with asyncio.timeout(TIMEOUT):
            await server.check()
            return Finding(about=name, ok=True, advice=await server.advice() or "")
    except TimeoutError:
        advice = f"no answer within {TIMEOUT:g} s: is the server of {name.upper()}_URL up?"
    except ApplicationError as error:
        advice = str(error)
    return Finding(about=name, ok=False, advice=advice)


async def _database(database: Database) -> Finding:
    """Check the database, or the place where it will be; the check must not create it."""
    try:
        if not database.is_missing():
            return await _examine("database", database)
    except ApplicationError as error:
        return Finding(about="database", ok=False, advice=str(error))
    note = f"there is no database yet; serve or migrate creates it: {database.where}"
    return Finding(about="database", ok=True, note=note)


async def _access(authenticator: Authenticator) -> Finding:
    try:
        await authenticator.check()
    except ApplicationError as error:
        return Finding(about="access", ok=False, advice=str(error))
    advice = (
        "" if authenticator.is_on else "AUTH=none: every caller that reaches it has full access"
    )
    return Finding(about="access", ok=True, advice=advice)


async def _clock(watch: ClockWatch) -> Finding:
    try:
        await watch.step()
        await watch.check()
    except ApplicationError as error:
        return Finding(about="clock", ok=False, advice=str(error))
    return Finding(about="clock", ok=True)


async def _schema(database: Database) -> Finding:
    try:
        problem = await schema_problem(database)
    except ApplicationError as error:
        problem = str(error)
    return Finding(about="schema", ok=not problem, advice=problem)


def _port(name: str, module: ModuleType, settings: Struct, url: str | None) -> Finding:
    """Check a port; `url` is where this very service listens now, if it runs.

    A server that does not listen on TCP alone has a function `probe`, which binds as it does.
    """
    host, port = getattr(settings, f"{name}_host"), getattr(settings, f"{name}_port")
    if url and urlsplit(url).port == port:
        return Finding(about=f"{name} port", ok=True, note=f"this service is running: {url}")
    try:
        probe: Callable[[str, str, int], socket.socket] = getattr(module, "probe", _listen)
        probe(name, host, port).close()
        return Finding(about=f"{name} port", ok=True)
    except StartError as error:
        return Finding(about=f"{name} port", ok=False, advice=str(error))


def _listen(name: str, host: str, port: int) -> socket.socket:
    return listen(name, host, port, backlog=1)
