"""Finds the installed parts: Python lists nothing that an answer adds or removes."""

import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from msgspec import Struct

import chassis.bootstrap.roles
import chassis.bootstrap.servers
import chassis.interfaces
from chassis.bootstrap.project import read_project
from chassis.service_package import (
    each_module,
    names_in,
    service_folder,
    service_module,
    service_name,
)

# Packages in the service's `bootstrap` that are no aggregates.
_OTHERS = ("own", "roles", "servers")


def role_names() -> list[str]:
    """Return the roles that this project was generated with, and the service's own."""
    left_out = read_project().left_out.roles
    return [name for name in _names("roles") if name not in left_out]


def server_names() -> list[str]:
    """Return the transports that this project was generated with, and the service's own."""
    left_out = read_project().left_out.transports
    return [name for name in _names("servers") if name not in ("ops", *left_out)]


def leftovers() -> list[Path]:
    """Return the remaining files of parts that are no longer chosen; nothing starts them.

    The package of the chassis always has all parts.
    """
    project = read_project()
    left_out = project.left_out
    found = [service_folder() / "interfaces" / name for name in left_out.transports]
    if project.chassis == "source":
        bootstrap = Path(chassis.bootstrap.__path__[0])
        interfaces = Path(chassis.interfaces.__path__[0])
        found += [bootstrap / "roles" / f"{name}.py" for name in left_out.roles]
        found += [bootstrap / "servers" / f"{name}.py" for name in left_out.transports]
        found += [interfaces / name for name in left_out.transports]
    return [path for path in found if _has_source(path)]


def role(name: str) -> ModuleType:
    """Return the module of a role."""
    return _module("roles", name)


def server(name: str) -> ModuleType:
    """Return the module that builds a server."""
    return _module("servers", name)


def servers() -> dict[str, ModuleType]:
    """Return the module of every server by name, the ops server first."""
    return {name: server(name) for name in ("ops", *server_names())}


def settings_of(module: ModuleType) -> type[Struct] | None:
    """Return the settings that a module declares: its `SETTINGS`, or a class named `Settings`.

    The servers use the first way, since each of their classes has its own name.
    """
    found: type[Struct] | None = getattr(module, "SETTINGS", getattr(module, "Settings", None))
    return found


def aggregates(part: str) -> list[ModuleType]:
    """Return the module of each aggregate for a role, or the one for `every_role`."""
    others = [f"{service_name()}.bootstrap.{name}.{part}" for name in _OTHERS]
    found = each_module("bootstrap", part)
    return [module for module in found if module.__name__ not in others]


def own() -> list[ModuleType]:
    """Return the owner's own modules."""
    package = service_module("bootstrap.own")
    return [
        importlib.import_module(f"{package.__name__}.{name}")
        for name in names_in(package)
        if package is not None
    ]


def exported(transport: str, module: str, name: str) -> Iterator[Any]:
    """Yield the items of each aggregate's `module` under a transport that it exports as `name`."""
    for part in each_module(f"interfaces.{transport}", module):
        yield from getattr(part, name)


def _module(kind: str, name: str) -> ModuleType:
    """Return a role or a server of that name: the service's own one before the chassis's."""
    found = service_module(f"bootstrap.{kind}.{name}")
    return found or importlib.import_module(f"chassis.bootstrap.{kind}.{name}")


def _names(kind: str) -> list[str]:
    packages = (getattr(chassis.bootstrap, kind), service_module(f"bootstrap.{kind}"))
    return sorted({name for package in packages for name in names_in(package)})


def _has_source(path: Path) -> bool:
    """Return whether there is more than the bytecode of an earlier run."""
    return path.is_file() or any(each.suffix != ".pyc" for each in path.rglob("*.*"))
