"""Finds what is installed: nothing that an answer adds or removes is listed in Python."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import app.bootstrap.aggregates
import app.bootstrap.own
import app.bootstrap.roles
import app.bootstrap.servers
import app.interfaces
from app.bootstrap.project import read_project


def role_names() -> list[str]:
    """Return the roles that this project was generated with, and those of the user's own."""
    left_out = read_project().left_out.roles
    return [name for name in _names(app.bootstrap.roles) if name not in left_out]


def server_names() -> list[str]:
    """Return the transports that this project was generated with, and those of the user's own."""
    left_out = read_project().left_out.transports
    return [name for name in _names(app.bootstrap.servers) if name not in ("ops", *left_out)]


def leftovers() -> list[Path]:
    """Return what is left of parts that are not chosen any more, and which nothing starts."""
    left_out = read_project().left_out
    of_roles = [_path(app.bootstrap.roles, f"{name}.py") for name in left_out.roles]
    of_servers = [_path(app.bootstrap.servers, f"{name}.py") for name in left_out.transports]
    packages = [_path(app.interfaces, name) for name in left_out.transports]
    return [path for path in (*of_roles, *of_servers, *packages) if _has_source(path)]


def role(name: str) -> ModuleType:
    """Return the module of a role."""
    return importlib.import_module(f"{app.bootstrap.roles.__name__}.{name}")


def server(name: str) -> ModuleType:
    """Return the module that builds a server."""
    return importlib.import_module(f"{app.bootstrap.servers.__name__}.{name}")


def servers() -> dict[str, ModuleType]:
    """Return the module of every server by name, the ops server first."""
    return {name: server(name) for name in ("ops", *server_names())}


def aggregates(part: str) -> list[ModuleType]:
    """Return the module of each aggregate for a role, or the one for `every_role`."""
    package = app.bootstrap.aggregates
    names = [f"{package.__name__}.{name}.{part}" for name in _names(package)]
    return [importlib.import_module(name) for name in names if _exists(name)]


def own() -> list[ModuleType]:
    """Return the user's own modules."""
    package = app.bootstrap.own
    return [importlib.import_module(f"{package.__name__}.{name}") for name in _names(package)]


def exported(transport: str, module: str, name: str) -> Iterator[Any]:
    """Yield what each aggregate's `module` under a transport exports as `name`, item by item."""
    package = importlib.import_module(f"{app.interfaces.__name__}.{transport}")
    for aggregate in _names(package):
        full_name = f"{package.__name__}.{aggregate}.{module}"
        if _exists(full_name):
            yield from getattr(importlib.import_module(full_name), name)


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        # Its parent is a plain module, not a package.
        return False


def _has_source(path: Path) -> bool:
    """Return whether there is more than the bytecode of what has run here once."""
    return path.is_file() or any(each.suffix != ".pyc" for each in path.rglob("*.*"))


def _path(package: ModuleType, name: str) -> Path:
    return Path(package.__path__[0], name)


def _names(package: ModuleType) -> list[str]:
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))
