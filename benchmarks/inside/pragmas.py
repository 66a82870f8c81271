"""How the service's own connections to SQLite are set: `pragmas`, with `DATABASE_URL`."""

import asyncio
import os

from chassis.infrastructure.database.database import Database

NAMES = ("journal_mode", "synchronous")


async def main() -> None:
    """Print each with its value."""
    database = Database(os.environ["DATABASE_URL"])
    async with database.transaction() as connection:
        for name in NAMES:
            value = (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
            print(name, value, flush=True)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main())
