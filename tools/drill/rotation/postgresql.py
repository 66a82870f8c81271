"""Roles of PostgreSQL, and the sessions of a service as its operator sees them."""

import asyncio
import time
from urllib.parse import urlsplit

from tools.drill import look

# Seconds that a session must be idle to be ended. On a busy machine, a request may be on its way to
# one that has been idle for less.
IDLE = 3.0
PATIENCE = 90.0

_OF_OTHERS = "FROM pg_stat_activity WHERE usename = ANY($1::text[]) AND backend_start < $2"
# No request is ever in a session of locks. These are its statements.
_OF_LOCKS = "query = 'SELECT 1' OR query LIKE 'SELECT pg_try_advisory_lock(%'"


class Roles:
    """Two roles of one owner; `url` is that of the operator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.names = ("rotated_a", "rotated_b")

    async def create(self, password: str) -> None:
        """Create both; what they do, they do as the owner of the tables."""
        owner = urlsplit(self.url).username
        for name in self.names:
            for order in (
                f"CREATE ROLE {name} LOGIN PASSWORD '{password}' IN ROLE {owner}",
                f"ALTER ROLE {name} SET role = '{owner}'",
            ):
                await look.rows(self.url, order)

    def login(self, name: str, password: str) -> str:
        """Return the URL of the service with that role."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{name}:{password}@{rest.rpartition('@')[2]}"

    async def change(self, name: str, password: str) -> None:
        """Give a role another password."""
        await look.rows(self.url, f"ALTER ROLE {name} PASSWORD '{password}'")

    async def now(self) -> object:
        """Return the server's time."""
        return (await look.rows(self.url, "SELECT clock_timestamp()"))[0][0]

    async def end_idle(self, before: object) -> int:
        """End the idle sessions of before that time, and those of locks; return how many."""
        idle = f"state_change < clock_timestamp() - interval '{IDLE} s'"
        which = f"AND state = 'idle' AND ({idle} OR {_OF_LOCKS})"
        query = f"SELECT pg_terminate_backend(pid) {_OF_OTHERS} {which}"
        return len(await look.rows(self.url, query, [*self.names], before))

    async def replaced(self, before: object) -> tuple[float, int]:
        """Wait until no session of before is left; return the seconds, and how many were ended."""
        began, ended = time.monotonic(), 0
        async with asyncio.timeout(PATIENCE):
            while True:
                count = f"SELECT count(*) {_OF_OTHERS}"
                if (await look.rows(self.url, count, [*self.names], before))[0][0] == 0:
                    return time.monotonic() - began, ended
                ended += await self.end_idle(before)
                await asyncio.sleep(0.1)

    async def sessions(self, name: str) -> int:
        """Return the open sessions of one role."""
        query = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1"
        found: int = (await look.rows(self.url, query, name))[0][0]
        return found
