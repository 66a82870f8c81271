"""Orders and notifications, on every transport, embedded and on real servers."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any

import pytest

from tests.chassis.conformance.driver import Failed, Item
from tests.chassis.conformance.support import begun, failed, new, notifications, until
from tests.chassis.conformance.tokens import ACCESS, token
from tests.harness import Service

type Connect = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def connect(transport: str, running: Service) -> Connect:
    """Connects to the service over the transport."""
    driver: Any = import_module(f"tests.chassis.conformance.orders.{transport}").Driver

    def connected(bearer: str | None = None) -> AbstractAsyncContextManager[Any]:
        made: AbstractAsyncContextManager[Any] = driver.connected(running.ports[transport], bearer)
        return made

    return connected


@pytest.fixture
async def caller(connect: Connect) -> AsyncIterator[Any]:
    """A connected caller without a token."""
    async with connect() as driver:
        yield driver


async def take(items: AsyncIterator[Item], count: int) -> list[Item]:
    """Return the next events, passing over heartbeats."""
    found: list[Item] = []
    async with asyncio.timeout(10):
        while len(found) < count:
            item = await anext(items)
            found += [item] if item.event != "heartbeat" else []
    return found


def told(item: Item) -> dict[str, Any]:
    """Return the data of an event."""
    assert item.data is not None, item
    return item.data


async def test_an_order_is_placed_stored_streamed_and_shipped(caller: Any) -> None:
    async with caller.followed(customer="ada") as items:
        await begun(items)
        identity = await caller.place("ada", "tea")
        await caller.ship(identity, "ada")
        placed, shipped = await take(items, 2)

    assert (placed.event, told(placed)["id"]) == ("order.placed", identity)
    assert (told(placed)["customer"], told(placed)["product"]) == ("ada", "tea")
    assert (shipped.event, told(shipped)["order"]) == ("order.shipped", identity)
    (listed,) = await caller.orders("ada")
    assert (listed["id"], listed["quantity"]) == (identity, 1)
    assert listed["shipped_at"] is not None


async def test_each_aggregate_streams_its_own_events_alone(caller: Any) -> None:
    # The path over HTTP carries all that the caller may read, unless it says which types.
    only = {"type": "notification.registered.v1"} if is_http(caller) else {}
    async with caller.followed() as orders, caller.subscribed(**only) as items:
        await begun(orders)
        await begun(items)
        for number in range(20):
            await caller.register([new("ada")])
            await caller.place("ada", f"p{number}")
        placed = await take(orders, 20)
        assert [told(item)["product"] for item in placed] == [f"p{n}" for n in range(20)]
        assert len(await notifications(items, 20)) == 20


async def test_filters_choose_and_a_cursor_resumes(caller: Any) -> None:
    async with caller.followed(customer="bob", product="tea") as items:
        begin = await begun(items)
        for customer, product in (("ada", "tea"), ("bob", "tea"), ("bob", "jam"), ("bob", "tea")):
            await caller.place(customer, product)
        first, second = await take(items, 2)
        assert {told(item)["customer"] for item in (first, second)} == {"bob"}
        assert {told(item)["product"] for item in (first, second)} == {"tea"}
    for cursor, expected in ((begin.cursor, [first, second]), (first.cursor, [second])):
        async with caller.followed(customer="bob", product="tea", **at(caller, cursor)) as items:
            assert await take(items, len(expected)) == expected


def at(caller: Any, cursor: str) -> dict[str, str]:
    """Return the parameter that a cursor goes into."""
    return {"last_event_id" if is_http(caller) else "cursor": cursor}


def is_http(caller: Any) -> bool:
    return type(caller).__module__.endswith("http")


async def test_a_key_belongs_to_its_operation(caller: Any) -> None:
    first = await caller.place("ada", "tea", key="k")
    assert await caller.place("ada", "tea", key="k") == first
    # The same key for another aggregate's command is another key.
    (identity,) = await caller.register([new("ada")], key="k")
    assert identity != first
    error = await failed(caller.place("ada", "jam", key="k"))
    assert error.kind == "key-reused"
    await until(lambda: has_orders(caller, 1))


async def has_orders(caller: Any, count: int) -> bool:
    return len(await caller.orders("ada")) == count


async def test_what_is_wrong_is_refused_by_its_name(caller: Any) -> None:
    error = await failed(caller.place("", "tea"))
    assert (error.kind, error.field) == ("invalid", "customer")
    unknown = "01a22e27-61c4-76ed-952f-aae1b0c412f6"
    assert (await failed(caller.ship(unknown, "ada"))).kind == "not-found"
    assert await caller.orders("ada") == []


@pytest.mark.parametrize("own", (ACCESS,), indirect=True)
async def test_each_aggregate_has_its_own_scopes(connect: Connect) -> None:
    async def follow(caller: Any, **query: str) -> None:
        async with caller.followed(**query) as items:
            await begun(items)

    async with connect(token(scope="notifications:read notifications:write")) as caller:
        for asking in (caller.place("ada", "tea"), caller.orders("ada"), follow(caller)):
            assert (await failed(asking)).kind == "forbidden"
        await caller.register([new("ada")])
    async with connect(token(scope="orders:read orders:write", receivers=["ada"])) as caller:
        identity = await caller.place("ada", "tea")
        assert (await failed(caller.register([new("ada")]))).kind == "forbidden"
        assert (await failed(caller.orders("bob"))).kind == "forbidden"
        assert (await failed(follow(caller, customer="bob"))).kind == "forbidden"
        with pytest.raises(Failed):
            await caller.get(identity)
        await follow(caller, customer="ada")
