"""The part of `chunks` that runs in the service: `chunks_inside.py DAYS URL DAYS URL`."""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from itertools import batched

from app.application.notification.mapping import to_event
from app.domain.notification.notification import Notification
from app.infrastructure.notification.repository import SqlNotifications
from chassis.domain.ids import new_id, time_of
from chassis.domain.json_text import JsonText
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.journal.journal import SqlJournal
from chassis.infrastructure.database.transaction import begin, read

ROWS = 30_000
ROUNDS = 400


async def fill(database: Database, days: int) -> list[Notification]:
    """Store and journal `ROWS` notifications, evenly over the last `days` days."""
    # The service's own ids never go back in time, so these are made by a generator each.
    generator = type(new_id)
    now = datetime.now(UTC)
    made = []
    for number in range(ROWS):
        identity = generator()(now - timedelta(days=days) * (1 - number / ROWS))
        at = time_of(identity)
        made.append(
            Notification(
                id=identity,
                registered_at=at,
                receiver=f"r{number % 97}",
                action_type="measured",
                action_data=JsonText(b'{"n":%d}' % number),
                actioner=None,
                fired_at=at,
            )
        )
    for batch in batched(made, 1000):
        async with begin(database) as transaction:
            events = [to_event(each) for each in batch]
            tags = [each.action_type for each in batch]
            await SqlJournal(transaction, {}).append(events, tags)
            await SqlNotifications(transaction).add(batch)
    return made


async def look_up(database: Database, one: Notification) -> None:
    """Get one by its id."""
    async with read(database) as transaction:
        found = await SqlNotifications(transaction).get(one.id)
        assert found == one


async def mark(database: Database, one: Notification) -> None:
    """Set the seen state of one."""
    async with begin(database) as transaction:
        await SqlNotifications(transaction).set_seen(one.id, False)


async def follow(database: Database, _: Notification) -> None:
    """Read what came last, as a follower does."""
    async with read(database) as transaction:
        await SqlJournal(transaction, {}).after(ROWS - 100, limit=100)


WORK: dict[str, Callable[[Database, Notification], Awaitable[None]]] = {
    "look-up by id": look_up,
    "seen state": mark,
    "last 100 of the journal": follow,
}


async def main(days: list[int], urls: list[str]) -> None:
    """Measure in turns, so that what slows the machine down slows both."""
    databases = [Database(url) for url in urls]
    filled = [await fill(*pair) for pair in zip(databases, days, strict=True)]
    print(f"{ROWS:,} rows, {ROUNDS} rounds, medians in ms")
    print(f"{'':26}" + "".join(f"{f'{count} days':>10}" for count in days) + f"{'ratio':>10}")
    for name, work in WORK.items():
        times: list[list[float]] = [[], []]
        for _ in range(ROUNDS):
            for taken, database, made in zip(times, databases, filled, strict=True):
                one = random.choice(made)
                began = time.perf_counter()
                await work(database, one)
                taken.append((time.perf_counter() - began) * 1000)
        few, many = (statistics.median(taken) for taken in times)
        print(f"{name:26}{few:10.2f}{many:10.2f}{many / few:10.2f}")
    for database in databases:
        await database.close()


if __name__ == "__main__":
    asyncio.run(main([int(days) for days in sys.argv[1::2]], sys.argv[2::2]))
