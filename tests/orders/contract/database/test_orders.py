"""The projections of orders: what is stored does not depend on the order of the events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.application.order.events import PLACED, SHIPPED, Shipped
from app.bootstrap.order.consumer import Container
from app.domain.order.order import Order
from app.infrastructure.order.repository import SqlOrders
from chassis.application.event import new_event
from chassis.domain.errors import Invalid
from chassis.domain.ids import new_id, time_of
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.transaction import begin, read

IDENTITY = new_id(datetime.now(UTC))
ORDER = Order(id=IDENTITY, placed_at=time_of(IDENTITY), customer="ada", product="tea", quantity=1)
LATER = ORDER.placed_at + timedelta(seconds=1)
SHIPMENT = Shipped(order=IDENTITY, customer="ada", shipped_at=LATER)


async def store(database: Database, *projected: tuple[str, Order | Shipped]) -> None:
    """Store events as a consumer would, each in a transaction of its own."""
    projections = Container().events()
    for kind, data in projected:
        projection = projections[kind]()
        event = new_event(kind, data, id=IDENTITY, time=ORDER.placed_at, subject=data.customer)
        async with begin(database) as transaction:
            await projection.store(transaction, [projection.decode(event)])


async def listed(database: Database) -> Sequence[Order]:
    async with read(database) as transaction:
        return await SqlOrders(transaction).select("ada", limit=10)


@pytest.mark.parametrize("is_placed_first", (True, False))
async def test_an_order_is_shipped_whichever_event_comes_first(
    database: Database, is_placed_first: bool
) -> None:
    events: list[tuple[str, Order | Shipped]] = [(PLACED, ORDER), (SHIPPED, SHIPMENT)]
    await store(database, *(events if is_placed_first else reversed(events)))
    assert await listed(database) == [replace(ORDER, shipped_at=LATER)]
    # A replay hands them over again.
    await store(database, *events)
    assert await listed(database) == [replace(ORDER, shipped_at=LATER)]


async def test_an_order_that_is_not_shipped_says_so(database: Database) -> None:
    await store(database, (PLACED, ORDER))
    assert await listed(database) == [ORDER]


async def test_an_order_that_breaks_a_rule_is_not_stored(database: Database) -> None:
    with pytest.raises(Invalid, match="quantity"):
        await store(database, (PLACED, replace(ORDER, quantity=0)))
    assert await listed(database) == []
