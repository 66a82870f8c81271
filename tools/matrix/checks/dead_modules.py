"""Every module is loaded by something: a command, a part that is discovered, a test."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath

from tools.matrix.imports import modules, reached
from tools.matrix.rendering import Rendering

# Modules that start by themselves, or are found by their location.
FOUND = (
    "src/app/__main__.py",
    # Any ASGI server.
    "src/app/asgi.py",
    # `chassis.cli` and `chassis.bootstrap.discovery`.
    "src/*/cli/commands/*.py",
    # `chassis.cli.clients`.
    "src/chassis/cli/clients/*.py",
    "src/chassis/bootstrap/roles/*.py",
    "src/chassis/bootstrap/servers/*.py",
    "src/app/bootstrap/own/*.py",
    "src/app/bootstrap/*/*.py",
    # `chassis.bootstrap.names`.
    "src/app/bootstrap/names.py",
    # `app.cli.notification.remote`.
    "src/app/cli/*/grpc.py",
    # `chassis.infrastructure.database.tables`.
    "src/app/infrastructure/*/table.py",
    "src/chassis/infrastructure/database/*/table.py",
    # `tests.conformance.conftest`.
    "tests/conformance/drivers/*.py",
    # The container of the contracts about layers, also without transports.
    "src/app/interfaces/__init__.py",
    # Alembic.
    "migrations/env.py",
    "migrations/versions/*.py",
    "src/chassis/migrations/versions/*.py",
)
# For the user's own aggregates, containers and tests: the guide, "Batching actors" and "Actors and
# jobs" say how.
OFFERED = (
    "src/chassis/application/actors/batcher.py",
    "src/chassis/application/event_projection.py",
    "src/chassis/application/ports/executor.py",
    "tests/actors.py",
)
_EXPORTED = re.compile(r'\bexported\(\s*"(\w+)", "(\w+)"')
_STARTED = re.compile(r"python -m ([\w.]+)")


def check(rendering: Rendering) -> Iterator[str]:
    """Yield each module that nothing loads, or that a service has for the sake of its tests."""
    names = modules(rendering.files)
    patterns = [*FOUND, *OFFERED, *exported(rendering)]
    first = {name for name, path in names.items() if any(fnmatchcase(path, it) for it in patterns)}
    loaded = reached(first | started(rendering), names, rendering.texts)
    tested = reached(
        {it for it, path in names.items() if is_test(path, rendering)}, names, rendering.texts
    )
    for name, path in sorted(names.items()):
        if name in loaded or (path.startswith("tests/") and name in tested):
            continue
        # A package that holds something has its mark.
        if path.endswith("/__init__.py") and any(
            it.startswith(f"{name}.") for it in loaded | tested
        ):
            continue
        yield (
            f"{path}: nothing but tests loads it" if name in tested else f"{path}: nothing loads it"
        )


def exported(rendering: Rendering) -> Iterator[str]:
    """Yield the patterns that a server looks for in the packages of its transport."""
    for text in rendering.texts.values():
        for transport, module in _EXPORTED.findall(text):
            yield f"src/app/interfaces/{transport}/*/{module}.py"


def started(rendering: Rendering) -> set[str]:
    """Return the names of the modules that a text says how to start."""
    named = {name for text in rendering.texts.values() for name in _STARTED.findall(text)}
    return named | {f"{name}.__main__" for name in named}


def is_test(path: str, rendering: Rendering) -> bool:
    """Return whether pytest loads it by itself: a test, or what the tests beneath it share."""
    folder, name = str(PurePosixPath(path).parent), PurePosixPath(path).name
    if name == "conftest.py":
        beneath = (it for it in rendering.files if it.startswith(f"{folder}/"))
        return any(PurePosixPath(it).name.startswith("test_") for it in beneath)
    return name.startswith("test_")
