"""Orders over every transport that carries JSON-RPC."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.chassis.conformance.driver import Item
from tests.chassis.conformance.drivers.jsonrpc import JsonRpcDriver


class OrdersDriver(JsonRpcDriver):
    """Places, ships, lists and follows."""

    async def place(self, customer: str, product: str, key: str | None = None) -> str:
        """Return the id of a new order."""
        more = {} if key is None else {"idempotency_key": key}
        answer = await self.ask("orders.place", customer=customer, product=product, **more)
        return str(answer["id"])

    async def ship(self, identity: str, customer: str) -> None:
        """Say that it is on its way."""
        await self.ask("orders.ship", id=identity, customer=customer)

    async def orders(self, customer: str) -> list[dict[str, Any]]:
        """List the newest orders."""
        items: list[dict[str, Any]] = (await self.ask("orders.list", customer=customer))["items"]
        return items

    @asynccontextmanager
    async def followed(self, **query: str) -> AsyncIterator[AsyncIterator[Item]]:
        """Follow the orders' events."""
        opened = await self.ask("orders.subscribe", **query)
        yield self._items(self._events.setdefault(opened["subscription"], asyncio.Queue()))
