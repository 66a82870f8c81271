"""A user of RabbitMQ, and its connections as the operator sees them."""

import asyncio
import time

from tests.chaos.rabbitmqctl import control

PATIENCE = 90.0


class User:
    """The service's own user; `url` is that of the operator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.name = "rotated"

    async def create(self, password: str) -> None:
        """Create it with all rights in the virtual host."""
        await control(self.url, "add_user", self.name, password)
        await control(self.url, "set_permissions", self.name, ".*", ".*", ".*")

    def login(self, password: str) -> str:
        """Return the URL of the service."""
        scheme, _, rest = self.url.partition("://")
        return f"{scheme}://{self.name}:{password}@{rest.rpartition('@')[2]}"

    async def change(self, password: str) -> None:
        """Give it another password."""
        await control(self.url, "change_password", self.name, password)

    async def connections(self) -> set[str]:
        """Return its open connections."""
        listed = await control(self.url, "list_connections", "user", "pid", "--silent")
        lines = [line.split("\t") for line in listed.splitlines()]
        return {line[1] for line in lines if line[0] == self.name}

    async def replaced(self) -> tuple[float, int]:
        """Close all, and wait until as many are open; return the seconds, and how many."""
        before = await self.connections()
        began = time.monotonic()
        await control(self.url, "close_all_user_connections", self.name, "rotated")
        async with asyncio.timeout(PATIENCE):
            while len(await self.connections() - before) < len(before):
                await asyncio.sleep(0.2)
        return time.monotonic() - began, len(before)
