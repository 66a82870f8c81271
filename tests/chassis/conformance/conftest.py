"""A service with each of its transports, on the embedded default and on real servers."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from chassis.bootstrap import discovery
from tests.chassis.conformance.driver import Driver
from tests.chassis.conformance.support import until
from tests.harness import Service

type Connect = Callable[..., AbstractAsyncContextManager[Driver]]


def driver_of(transport: str) -> type[Driver]:
    """Return the driver of a transport: every one has to have its own."""
    found: type[Driver] = _module(transport).Driver
    return found


def driver_settings() -> dict[str, str]:
    """Return the settings that the service needs for its drivers, such as a known key."""
    found: dict[str, str] = {}
    for transport in discovery.server_names():
        found |= getattr(_module(transport), "SETTINGS", {})
    return found


def _module(transport: str) -> ModuleType:
    return import_module(f"tests.chassis.conformance.drivers.{transport}")


@pytest.fixture(params=discovery.server_names())
def transport(request: pytest.FixtureRequest) -> str:
    """The name of a transport: each test runs over all of them."""
    name: str = request.param
    return name


@pytest.fixture(params=("embedded", "real"))
def stack(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings of what is behind the service: nothing, or the three servers."""
    if request.param == "embedded":
        return driver_settings()
    names = ("DATABASE_URL", "BROKER_URL", "CACHE_URL")
    settings: dict[str, str] = {name: request.getfixturevalue(name.lower()) for name in names}
    unique = request.getfixturevalue("unique_name")
    return (
        driver_settings()
        | settings
        | {"BROKER_EXCHANGE": unique, "BROKER_QUEUE": f"{unique}.queue"}
    )


@pytest.fixture
def own(request: pytest.FixtureRequest) -> dict[str, str]:
    """The settings that a test asks for: `@pytest.mark.parametrize("own", ({…},))`."""
    settings: dict[str, str] = getattr(request, "param", {})
    return settings


@pytest.fixture
async def running(
    tmp_path: Path, transport: str, stack: dict[str, str], own: dict[str, str]
) -> AsyncIterator[Service]:
    """The service with this transport alone: another one would only make its stop take longer."""
    async with Service.running(tmp_path, servers=[transport], **stack, **own) as service:
        await until(service.is_ready)
        yield service


@pytest.fixture
def connect(transport: str, running: Service) -> Connect:
    """Connects to the service over the transport."""

    def connected(token: str | None = None) -> AbstractAsyncContextManager[Driver]:
        return driver_of(transport).connected(running.ports[transport], token)

    return connected


@pytest.fixture
async def caller(connect: Connect) -> AsyncIterator[Any]:
    """A connected caller without a token."""
    async with connect() as driver:
        yield driver
