import json
import random
from collections.abc import Callable

import pytest

from tests.chaos.aggregates import TYPES
from tests.chaos.aggregates.notification import register
from tests.chaos.aggregates.order import place, ship
from tests.chaos.call import Call, token

CHANCE = random.Random(1)


@pytest.mark.parametrize("draw", [register, place])
def test_a_call_carries_a_token_for_each_of_its_items(
    draw: Callable[[str, random.Random, bool], Call],
) -> None:
    for call in [draw("k", CHANCE, False) for _ in range(20)]:
        assert call.type in TYPES
        assert not call.is_wrong
        assert all(f'"{token("k", number)}"' in call.body.decode() for number in range(call.size))


def test_a_shipment_is_of_the_orders_customer_and_takes_no_key() -> None:
    placed = place("k", CHANCE, False)
    call = ship(placed, "1", False)
    assert json.loads(call.body)["customer"] == json.loads(placed.body)["customer"]
    assert not call.takes_key
    assert call.key != placed.key
    assert call.path == "/orders/1/shipment"


def test_a_wrong_call_breaks_a_rule_and_is_marked_so() -> None:
    batch, order = register("k", CHANCE, True), place("k", CHANCE, True)
    shipment = ship(place("k", CHANCE, False), "1", True)
    assert all(call.is_wrong for call in (batch, order, shipment))
    assert json.loads(batch.body)[-1]["receiver"] == ""
    assert json.loads(order.body)["quantity"] == 0
    assert json.loads(shipment.body)["customer"] == "nobody"
