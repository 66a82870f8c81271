"""The stored data of a service, before an update and after it."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from tools.service import Service, environment
from tools.updates.moved import renamed

# By table, each row as the values of its columns.
Tables = dict[str, list[dict[str, object]]]

# The Python of an earlier release's service runs this, with the names of that release. The names
# here are those of the first release. Every set of roles has them.
FILL = """
import asyncio
from datetime import timedelta

import msgspec
from app.bootstrap.configuration import Configuration
from app.bootstrap.system import System
from app.domain.notification.identity import new_id, time_of
from app.domain.notification.notification import Notification
from app.infrastructure.clock import system_clock


def data(number):
    decoded = {"number": number, "text": "Zoë 😀"}
    try:
        from app.application.notification.action_data import take_action_data
    except ImportError:
        # Up to 0.2.0 it is decoded.
        return decoded
    return take_action_data(msgspec.Raw(msgspec.json.encode(decoded)))


def made(number):
    identity = new_id(system_clock())
    return Notification(
        id=identity,
        registered_at=time_of(identity),
        receiver=f"user-{number % 7}",
        action_type="order.paid",
        action_data=data(number),
        fired_at=time_of(identity) - timedelta(minutes=1),
        is_seen=number % 2 == 0,
    )


async def main():
    system = System(Configuration.read(), [])
    notifications = [made(number) for number in range(50)]
    if hasattr(system.core, "notification_work"):
        # Up to 0.2.0 the journal took notifications.
        async with system.core.notification_work().begin() as work:
            await work.journal.append(notifications)
            await work.notifications.add(notifications)
    else:
        from app.application.notification.mapping import to_event
        from app.infrastructure.database.notification.notifications import SqlNotifications

        events = [to_event(each) for each in notifications]
        async with system.core.work().begin() as work:
            await work.journal.append(events, [each.action_type for each in notifications])
            await SqlNotifications(work.transaction).add(notifications)
    await system.close()


asyncio.run(main())
"""


def fill(service: Service) -> Tables:
    """Migrate the service's own database, store what it could have stored, and return it."""
    migrate(service)
    command = [service.command("python"), "-c", renamed(FILL, service.path)]
    subprocess.run(command, cwd=service.path, env=environment(), check=True)
    stored = read(service)
    assert len(stored["notifications"]) == len(stored["journal"]) == 50, stored
    return stored


def is_kept(service: Service, before: Tables) -> bool:
    """Migrate, and return whether each row is there as it was; it may have more columns."""
    migrate(service)
    after = read(service)
    return all(
        any(row.items() <= found.items() for found in after.get(table, ()))
        for table, rows in before.items()
        for row in rows
    )


def migrate(service: Service) -> None:
    """Bring its database up to its code."""
    command = [service.command("python"), "-m", "app", "migrate"]
    subprocess.run(command, cwd=service.path, env=environment(), check=True, capture_output=True)


def read(service: Service) -> Tables:
    """Return every table, but for the record of the migrations."""
    with closing(sqlite3.connect(database_of(service))) as connection:
        connection.row_factory = sqlite3.Row
        return {
            name: [dict(row) for row in connection.execute(f'SELECT * FROM "{name}"')]
            for name in names(connection)
        }


def names(connection: sqlite3.Connection) -> Iterator[str]:
    """Yield the names of the tables."""
    for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'"):
        if not name.startswith(("alembic", "sqlite")):
            yield name


def database_of(service: Service) -> Path:
    """Return the file in which a service without settings keeps everything."""
    (file,) = (service.path / "var").glob("*.db")
    return file
