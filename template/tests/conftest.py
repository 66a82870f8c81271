"""Fixtures of all tests."""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from chassis.service_package import use_service
from tests.harness import Service
from tests.request_lines import request_lines
from tests.servers.fixtures import (
    broker_url,
    cache_url,
    database_url,
    empty_database_url,
    migrated_template,
    own_postgresql,
    own_rabbitmq,
    own_redis,
    postgresql,
    run_folder,
    unique_name,
)
from tests.servers.missing import told
from tests.servers.process import live_as_long_as

__all__ = [
    "broker_url",
    "cache_url",
    "database_url",
    "empty_database_url",
    "migrated_template",
    "own_postgresql",
    "own_rabbitmq",
    "own_redis",
    "postgresql",
    "request_lines",
    "run_folder",
    "service",
    "unique_name",
]

# Before any test is collected: the modules of some ask which roles and servers there are.
use_service("app")


def pytest_configure(config: pytest.Config) -> None:
    """Servers live as long as the run: in one of xdist's workers, as long as the controller.

    How fast a machine draws examples and tries them says nothing of the code.
    """
    settings.register_profile(
        "patient", deadline=None, suppress_health_check=[HealthCheck.too_slow]
    )
    settings.load_profile("patient")
    if hasattr(config, "workerinput"):
        live_as_long_as(os.getppid())


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was skipped for want of which server."""
    for line in told(terminalreporter):
        terminalreporter.write_line(line)


@pytest.fixture
async def service(tmp_path: Path) -> AsyncIterator[Service]:
    """A running service with the roles of this project."""
    async with Service.running(tmp_path) as running:
        yield running
