"""The projection whose data a method of a repository stores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import pytest
from msgspec import MsgspecError

from chassis.application.event_projection import EventProjection
from chassis.application.ports.work import Transaction
from chassis.application.streaming.streamed import Streamed
from chassis.domain.errors import Invalid
from tests.chassis.unit.events import make_event
from tests.memory_database import MemoryDatabase, MemoryWork

STREAMED = Streamed(event="order.placed", scope="orders:read", subject="customer", tag="product")


@dataclass(frozen=True)
class Order:
    """The data of the events."""

    customer: str
    product: str
    quantity: int = 1

    def checked(self) -> Self:
        if self.quantity < 1:
            raise Invalid("quantity", "must be 1 or more")
        return self


class Orders:
    """Notes what it was given."""

    stored: list[tuple[Transaction, Sequence[Order]]]

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, items: Sequence[Order]) -> None:
        self.stored.append((self._transaction, items))


@pytest.fixture
def projection() -> EventProjection[Order, Orders]:
    Orders.stored = []
    return EventProjection(Order, STREAMED, Orders, Orders.add, check=Order.checked)


def test_the_data_is_decoded_and_has_the_tag(projection: EventProjection[Order, Orders]) -> None:
    item = projection.decode(make_event(data=b'{"customer":"ada","product":"tea"}'))

    assert item == Order("ada", "tea")
    assert projection.tag(item) == "tea"


def test_without_a_tag_there_is_none() -> None:
    streamed = Streamed(event="order.placed", scope="orders:read", subject="customer")
    projection = EventProjection(Order, streamed, Orders, Orders.add)

    assert projection.tag(Order("ada", "tea")) is None


@pytest.mark.parametrize(
    ("data", "error", "said"),
    (
        (b'{"customer":"ada"}', MsgspecError, "missing"),
        (b'{"customer":"ada","product":"tea","quantity":0}', Invalid, "quantity"),
        # Streams would show bob's order to ada.
        (b'{"customer":"bob","product":"tea"}', Invalid, "^subject: must be the customer$"),
    ),
)
def test_wrong_data_is_refused(
    projection: EventProjection[Order, Orders], data: bytes, error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        projection.decode(make_event(data=data))


async def test_the_repository_of_the_transaction_stores_the_items(
    projection: EventProjection[Order, Orders], database: MemoryDatabase
) -> None:
    transaction = MemoryWork(database, database.state)
    items = [Order("ada", "tea"), Order("ada", "jam")]

    await projection.store(transaction, items)

    assert Orders.stored == [(transaction, items)]
