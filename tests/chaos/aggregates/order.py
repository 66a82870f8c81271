"""Orders: calls that place one, and calls that ship it."""

import json
import random

from tests.chaos.call import SUBJECTS, Call, token
from tests.chaos.event_type import EventType

# An order's product is its token; the call that ships it has the same with a word before it.
SHIPMENT = "shipment of "

PLACED = EventType(
    "order.placed.v1",
    event="order.placed",
    id="id",
    words={"customer": "subject", "product": "tag"},
    rows="SELECT id::text, product, customer, placed_at FROM orders",
)
# The caller of a shipment is answered the order's id.
SHIPPED = EventType(
    "order.shipped.v1",
    event="order.shipped",
    id="order",
    words={"customer": "subject"},
    rows=(
        f"SELECT id::text, '{SHIPMENT}' || product, customer, shipped_at"
        " FROM shipments JOIN orders ON id = order_id"
    ),
)


def place(key: str, chance: random.Random, is_wrong: bool) -> Call:
    """Draw an order; the quantity of a wrong one breaks a rule."""
    order = {
        "customer": f"r{chance.randrange(SUBJECTS)}",
        "product": token(key, 0),
        "quantity": 0 if is_wrong else chance.randint(1, 9),
    }
    return Call(PLACED.name, key, 1, "/orders", json.dumps(order).encode(), is_wrong)


def ship(placed: Call, order: str, is_wrong: bool) -> Call:
    """Return the call that ships an order that was placed; a wrong one names another customer.

    Without a key, it is not to be repeated: each time would be an event of its own.
    """
    customer = "nobody" if is_wrong else json.loads(placed.body)["customer"]
    return Call(
        SHIPPED.name,
        SHIPMENT + placed.key,
        1,
        f"/orders/{order}/shipment",
        json.dumps({"customer": customer}).encode(),
        is_wrong,
        takes_key=False,
    )
