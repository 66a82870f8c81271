"""The package of the service. The chassis gets its name, and imports nothing of it by itself."""

import importlib
import importlib.util
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

_names: list[str] = []


class NoServiceError(RuntimeError):
    """The chassis does not know which package the service is."""


def use_service(package: str) -> None:
    """Make `package` the service of this process; raises `ModuleNotFoundError` if there is none."""
    importlib.import_module(package)
    _names[:] = [package]


def service_name() -> str:
    """Return the name of the service's package; raises `NoServiceError` before `use_service`."""
    if not _names:
        raise NoServiceError('the chassis knows no service: call `use_service("app")` first')
    return _names[0]


def service_folder() -> Path:
    """Return the folder of the service's package."""
    return Path(importlib.import_module(service_name()).__path__[0])


def service_module(name: str) -> ModuleType | None:
    """Return the service's module of that dotted name under its package, if there is one."""
    full_name = f"{service_name()}.{name}"
    return importlib.import_module(full_name) if _exists(full_name) else None


def names_in(package: ModuleType | None) -> list[str]:
    """Return the names of the modules and packages in a package, sorted; none without a package."""
    if package is None:
        return []
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def each_module(folder: str, name: str) -> Iterator[ModuleType]:
    """Yield the module `name` of each package in the service's `folder`, in the packages' order."""
    for part in names_in(service_module(folder)):
        module = service_module(f"{folder}.{part}.{name}")
        if module is not None:
            yield module


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        # Its parent is missing, or is a plain module and no package.
        return False
