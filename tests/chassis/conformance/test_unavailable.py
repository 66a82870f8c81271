"""The answers while a server behind the service is away: they do not name it."""

import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
from sqlalchemy import make_url

from chassis.infrastructure.database import sqlite
from tests.chassis.conformance.conftest import driver_of, driver_settings
from tests.chassis.conformance.driver import Driver
from tests.chassis.conformance.support import failed, listed, new, until
from tests.chassis.conformance.tokens import token
from tests.harness import Service
from tests.servers.databases import Databases

SECRET = "s3cr3t-e7f2"
JWKS = f"http://{SECRET}-user:{SECRET}-password@127.0.0.1:1/{SECRET}-path?key={SECRET}-query"


async def heard(caller: Driver, identity: str) -> list[str]:
    """Return what the caller hears of each thing that it asks, once it fails."""
    asks = (
        caller.register([new()]),
        caller.list(),
        caller.get(identity),
        caller.mark_seen(identity, True),
        caller.report(),
    )
    failures = [await failed(asking) for asking in asks]
    assert {failure.kind for failure in failures} == {"unavailable"}, failures
    assert all(failure.retry_after for failure in failures)
    return [failure.text for failure in failures]


@pytest.mark.parametrize("stack", ("real",), indirect=True)
async def test_a_database_that_is_gone_is_not_named(
    tmp_path: Path,
    transport: str,
    stack: dict[str, str],
    postgresql: Databases,
    caplog: pytest.LogCaptureFixture,
) -> None:
    # No cache: it would answer for a while.
    stack = stack | {"CACHE_URL": "memory://"}
    url = make_url(stack["DATABASE_URL"])
    async with Service.running(tmp_path, **stack) as service:
        await until(service.is_ready)
        async with driver_of(transport).connected(service.ports[transport]) as caller:
            [identity] = await caller.register([new()])
            await listed(caller, 1)
            postgresql.drop(str(url.database))
            caplog.clear()

            told = await heard(caller, identity)

    assert set(told) == {"the database does not answer: try again"}
    assert reasons(caplog, f"the database {url.database} at {url.host}:{url.port}")


@pytest.mark.parametrize("stack", ("embedded",), indirect=True)
async def test_a_file_that_is_locked_is_not_named(
    tmp_path: Path,
    transport: str,
    stack: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT", 0.05)
    async with Service.running(tmp_path, **stack) as service:
        await until(service.is_ready)
        async with (
            driver_of(transport).connected(service.ports[transport]) as caller,
            locked(tmp_path / "app.db"),
        ):
            failure = await failed(caller.register([new()]))

    assert failure.text == "the database does not answer: try again"
    assert reasons(caplog, str(tmp_path / "app.db"))


async def test_the_url_of_the_keys_is_told_to_nobody(
    tmp_path: Path, transport: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    settings = driver_settings() | {"AUTH": "jwt", "AUTH_JWKS_URL": JWKS}

    async def ask() -> None:
        async with driver_of(transport).connected(service.ports[transport], token()) as caller:
            await caller.list()

    async with Service.running(tmp_path, **settings) as service:
        failure = await failed(ask())

    assert failure.kind == "unavailable"
    assert failure.text == "the keys that verify tokens are not available: try again"
    logged = "\n".join(str(vars(record)) for record in caplog.records)
    assert SECRET not in logged
    assert reasons(caplog, "127.0.0.1:1")


@asynccontextmanager
async def locked(file: Path) -> AsyncIterator[None]:
    """Hold the write lock of a database."""
    # The service needs this loop to end a transaction of its own, so nothing here may wait for it.
    with closing(sqlite3.connect(file, isolation_level=None, timeout=0)) as other:

        async def is_held() -> bool:
            with suppress(sqlite3.OperationalError):
                other.execute("BEGIN IMMEDIATE")
            return other.in_transaction

        await until(is_held)
        yield


def reasons(caplog: pytest.LogCaptureFixture, text: str) -> list[str]:
    """Return the reasons in the log that have the text: operators are to see it."""
    found = [str(getattr(record, "reason", "")) for record in caplog.records]
    return [reason for reason in found if text in reason]
