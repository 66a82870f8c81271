from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chassis.bootstrap import discovery
from chassis.bootstrap.diagnosis import diagnose
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.migration.migrate import migrate
from tests.free_ports import FREE_PORTS


async def test_what_is_left_of_a_dropped_part_is_named_and_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FREE_PORTS:
        monkeypatch.setenv(name, "0")
    left = [Path("roles/worker.py"), Path("interfaces/carrier")]
    monkeypatch.setattr(discovery, "leftovers", lambda: left)

    findings = {found.about: found async for found in diagnose()}

    assert findings["leftovers"].ok
    assert findings["leftovers"].advice.startswith("roles/worker.py, interfaces/carrier: ")


@pytest.mark.parametrize(("minutes", "is_well"), ((0, True), (6, False), (-6, False)))
async def test_a_clock_that_is_off_the_databases_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, minutes: int, is_well: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FREE_PORTS:
        monkeypatch.setenv(name, "0")
    url = f"sqlite+aiosqlite:///{tmp_path}/app.db"
    monkeypatch.setenv("DATABASE_URL", url)
    await migrate(url)

    async def time(_: Database) -> datetime:
        return datetime.now(UTC) + timedelta(minutes=minutes)

    monkeypatch.setattr(Database, "time", time)

    findings = {found.about: found async for found in diagnose()}

    assert findings["clock"].ok is is_well
    assert ("by NTP" in findings["clock"].advice) is not is_well


async def test_weak_secrets_are_told_and_are_no_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in FREE_PORTS:
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("AUTH_JWT_KEY", "hunter2" * 8)

    findings = {found.about: found async for found in diagnose()}

    assert findings["secrets"].ok
    assert findings["secrets"].advice == "AUTH_JWT_KEY is easy to guess"
