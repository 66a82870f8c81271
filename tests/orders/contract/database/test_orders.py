"""The projections of orders: what is stored does not depend on the order of the events."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from app.application.order.events import Shipped
from app.application.order.projections import PlacedProjection, ShippedProjection
from app.domain.order.order import Order
from app.infrastructure.order.orders import SqlOrders
from chassis.domain.ids import new_id, time_of
from chassis.infrastructure.database.database import Database
from chassis.infrastructure.database.transaction import begin, read

IDENTITY = new_id(datetime.now(UTC))
ORDER = Order(id=IDENTITY, placed_at=time_of(IDENTITY), customer="ada", product="tea", quantity=1)
LATER = ORDER.placed_at + timedelta(seconds=1)
SHIPMENT = Shipped(order=IDENTITY, customer="ada", shipped_at=LATER)


async def store(database: Database, *projected: tuple[type, object]) -> None:
    """Store events as a consumer would, each in a transaction of its own."""
    for projection, item in projected:
        async with begin(database) as transaction:
            await projection(SqlOrders).store(transaction, [item])


async def listed(database: Database) -> Sequence[Order]:
    async with read(database) as transaction:
        return await SqlOrders(transaction).select("ada", limit=10)


@pytest.mark.parametrize("is_placed_first", (True, False))
async def test_an_order_is_shipped_whichever_event_comes_first(
    database: Database, is_placed_first: bool
) -> None:
    events = [(PlacedProjection, ORDER), (ShippedProjection, SHIPMENT)]
    await store(database, *(events if is_placed_first else reversed(events)))
    assert await listed(database) == [replace(ORDER, shipped_at=LATER)]
    # A replay hands them over again.
    await store(database, *events)
    assert await listed(database) == [replace(ORDER, shipped_at=LATER)]


async def test_an_order_that_is_not_shipped_says_so(database: Database) -> None:
    await store(database, (PlacedProjection, ORDER))
    assert await listed(database) == [ORDER]
