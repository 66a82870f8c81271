"""Orders over http."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.chassis.conformance.driver import Item
from tests.chassis.conformance.drivers import http


class Driver(http.Driver):
    """Places, ships, lists and follows."""

    async def place(self, customer: str, product: str, key: str | None = None) -> str:
        """Return the id of a new order."""
        headers = {} if key is None else {"idempotency-key": key}
        order = {"customer": customer, "product": product}
        answer = await self._ask("POST", "/orders", json=order, headers=headers)
        return str(answer["id"])

    async def ship(self, identity: str, customer: str) -> None:
        """Say that it is on its way."""
        await self._ask("POST", f"/orders/{identity}/shipment", json={"customer": customer})

    async def orders(self, customer: str) -> list[dict[str, Any]]:
        """List the newest orders."""
        answer = await self._ask("GET", f"/orders/{customer}")
        items: list[dict[str, Any]] = answer["items"]
        return items

    @asynccontextmanager
    async def followed(self, **query: str) -> AsyncIterator[AsyncIterator[Item]]:
        """Follow the orders' events."""
        params = {"type": "order.placed.v1,order.shipped.v1"} | query
        async with self._http.stream("GET", "/stream", params=params) as answer:
            if answer.is_error:
                await answer.aread()
            http._check(answer)
            yield _items(answer)


async def _items(answer: httpx.Response) -> AsyncIterator[Item]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "id" in fields:
            event = fields.get("event", "heartbeat")
            data = json.loads(fields["data"]) if event.startswith("order.") else None
            yield Item(event=event, cursor=fields["id"], data=data)
            fields = {}
