"""A service as a table of methods."""

from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from chassis.application.bus import Bus
from chassis.application.message import Accepted, CommandMessage
from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.application.streaming.streamed import Streamed
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.method import asks, service_of, streams
from chassis.interfaces.grpc.observe import METADATA
from tests.chassis.unit.interfaces.grpc.protos import TEXT, made, make_file

IDENTITY = uuid4()
ITEM = {"event": TEXT, "cursor": TEXT, "data": TEXT, "reason": TEXT}
FILE = make_file(
    "shop",
    {
        "PlaceRequest": {"product": TEXT},
        "ShipRequest": {"id": TEXT},
        "Answer": {"id": TEXT},
        "SubscribeRequest": {
            "customer": (TEXT, "optional"),
            "product": (TEXT, "optional"),
            "cursor": TEXT,
        },
        "Item": ITEM,
    },
    methods={
        "Place": ("PlaceRequest", "Answer"),
        "Ship": ("ShipRequest", "Answer"),
        "Subscribe": ("SubscribeRequest", "Item"),
    },
)
SERVICE = FILE.services_by_name["Shop"]
TABLE = {
    "order.placed.v1": Streamed("order.placed", "orders:read", "customer", "product"),
    "order.shipped.v1": Streamed("order.shipped", "orders:read", "customer"),
}


class Place(CommandMessage[Accepted], frozen=True):
    """Accept an order."""

    product: str
    idempotency_key: str | None = None


class Ship(CommandMessage[Accepted], frozen=True):
    """Ship an order."""

    id: UUID


class Items:
    """A stream of two items, which notes its end."""

    end = ""

    async def __aiter__(self) -> AsyncIterator[Sequence[StreamItem]]:
        yield [StreamItem(event="heartbeat", cursor="e.1")]
        yield [StreamItem(event="closed", cursor="e.2", reason="draining")]

    def close(self, end: str) -> None:
        self.end = end


class Recorder:
    """Answers every message, and notes it."""

    def __init__(self) -> None:
        self.got: list[Any] = []
        self.items = Items()

    async def __call__(self, message: Any) -> Any:
        self.got.append(message)
        return self.items if isinstance(message, Subscribe) else Accepted(IDENTITY)


METHODS = {"Place": asks(Place), "Ship": asks(Ship, is_large=True), "Subscribe": streams(TABLE)}


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


def bus_of(recorder: Recorder) -> Bus:
    return Bus(dict.fromkeys((Place, Ship, Subscribe), lambda: recorder))


@pytest.fixture
def shop(recorder: Recorder) -> Any:
    return service_of(SERVICE, METHODS).servicer(bus_of(recorder), 100)


async def test_a_method_hands_its_message_to_the_bus(shop: Any, recorder: Recorder) -> None:
    answer = await shop.Ship(made(FILE, "ShipRequest")(id=str(IDENTITY)), None)

    assert recorder.got == [Ship(id=IDENTITY)]
    assert answer == made(FILE, "Answer")(id=str(IDENTITY))


async def test_the_key_is_in_the_metadata(shop: Any, recorder: Recorder) -> None:
    before = METADATA.set((("idempotency-key", "k"),))
    try:
        await shop.Place(made(FILE, "PlaceRequest")(product="tea"), None)
    finally:
        METADATA.reset(before)
    await shop.Place(made(FILE, "PlaceRequest")(product="tea"), None)

    assert recorder.got == [Place(product="tea", idempotency_key="k"), Place(product="tea")]


async def test_a_stream_has_the_filters_of_its_table(shop: Any, recorder: Recorder) -> None:
    asked = made(FILE, "SubscribeRequest")(customer="ada", product="tea", cursor="e.0")

    items = [item async for item in shop.Subscribe(asked, None)]

    item = made(FILE, "Item")
    assert items == [
        item(event="heartbeat", cursor="e.1"),
        item(event="closed", cursor="e.2", reason="draining"),
    ]
    # Only one type has a product.
    types = ("order.placed.v1",)
    assert recorder.got == [Subscribe(types=types, subject="ada", tag="tea", cursor="e.0")]
    assert recorder.items.end == "ended"


async def test_without_filters_a_stream_has_all_types_of_its_table(
    shop: Any, recorder: Recorder
) -> None:
    _ = [item async for item in shop.Subscribe(made(FILE, "SubscribeRequest")(), None)]
    assert recorder.got == [Subscribe(types=tuple(TABLE))]


async def test_a_filter_with_a_nul_is_refused(shop: Any) -> None:
    with pytest.raises(Invalid, match="customer: must not contain NUL"):
        shop.Subscribe(made(FILE, "SubscribeRequest")(customer="a\0"), None)


async def test_a_stream_may_have_responses_of_its_own(recorder: Recorder) -> None:
    methods = METHODS | {"Subscribe": streams(TABLE, lambda item: item.cursor)}
    shop: Any = service_of(SERVICE, methods).servicer(bus_of(recorder), 100)

    items = [item async for item in shop.Subscribe(made(FILE, "SubscribeRequest")(), None)]

    assert items == ["e.1", "e.2"]


def test_large_methods_are_told_of() -> None:
    assert service_of(SERVICE, METHODS).large == {"Ship"}


@pytest.mark.parametrize(
    ("methods", "wrong"),
    (
        ({"Place": asks(Place), "Ship": asks(Ship)}, "Subscribe"),
        (METHODS | {"Plaice": asks(Place)}, "Plaice"),
    ),
)
def test_a_table_with_other_methods_is_an_error(methods: Any, wrong: str) -> None:
    with pytest.raises(TypeError, match=f"shop.Shop and its table differ: {wrong}"):
        service_of(SERVICE, methods)


async def test_a_class_has_the_methods_that_are_not_in_the_table() -> None:
    class Own:
        def __init__(self, bus: Bus, max_batch: int) -> None:
            self.Place = self._place
            self._max_batch = max_batch

        async def _place(self, asked: Any, _: Any) -> int:
            return self._max_batch

    methods = {name: METHODS[name] for name in ("Ship", "Subscribe")}
    shop: Any = service_of(SERVICE, methods, Own).servicer(Bus({}), 100)

    assert await shop.Place(None, None) == 100
    assert hasattr(shop, "Ship")
