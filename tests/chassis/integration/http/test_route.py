"""Routes that hand a message to its use case."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from litestar.openapi.spec import Link
from msgspec import Struct

from chassis.application.bus import Bus
from chassis.application.commands.idempotency_key import IdempotencyKey
from chassis.application.message import Accepted, CommandMessage, Message, QueryMessage
from chassis.interfaces.http.route import asks
from tests.chassis.integration.http.serving import serve

IDENTITY = uuid4()
KEY = "idempotency-key"


class Found(Struct, frozen=True):
    """Names of orders."""

    names: list[str]


class Place(CommandMessage[Accepted], frozen=True):
    """Accept an order.

    The same key gives the same id again.
    """

    product: str
    quantity: int = 1
    idempotency_key: IdempotencyKey | None = None


class Ship(CommandMessage[Accepted], frozen=True):
    """Ship an order."""

    id: UUID
    customer: str


class Cancel(CommandMessage[Accepted], frozen=True):
    """Cancel an order."""

    id: UUID


class Find(QueryMessage[Found], frozen=True):
    """Find orders."""

    customer: str
    size: int = 50


class Rename(Message[Found], frozen=True):
    """Rename an order."""

    id: UUID
    name: str


ROUTES = [
    asks("POST", "/orders", Place),
    asks("POST", "/orders/{id:uuid}/shipment", Ship),
    asks("DELETE", "/orders/{id:uuid}", Cancel),
    asks(
        "PATCH",
        "/orders/{id:uuid}",
        Rename,
        tags=("shop",),
        operation_id="rename",
        links={"again": Link(operation_id="rename")},
    ),
    asks("GET", "/orders/{customer:str}", Find, is_large=True),
]


async def ask(method: str, path: str, **options: Any) -> tuple[Any, int, Any]:
    """Return the message that the use case got, the status, and the answer."""
    got: list[Message[Any]] = []

    class Handler:
        async def __call__(self, message: Message[Any]) -> Any:
            got.append(message)
            return Accepted(IDENTITY) if message.publishes_events else Found(["tea"])

    bus = Bus(dict.fromkeys((Place, Ship, Cancel, Find, Rename), Handler))
    async with serve(bus, *ROUTES) as http:
        answer = await http.request(method, path, **options)
    return got[0] if got else None, answer.status_code, answer.json()


async def test_the_fields_are_those_of_the_body() -> None:
    got, status, answer = await ask("POST", "/orders", json={"product": "tea"})

    assert got == Place(product="tea")
    assert (status, answer) == (202, {"id": str(IDENTITY)})


async def test_the_key_comes_in_its_header_alone() -> None:
    headers = {KEY: "k"}
    got, *_ = await ask("POST", "/orders", json={"product": "tea"}, headers=headers)
    assert got == Place(product="tea", idempotency_key="k")

    body = {"product": "tea", "idempotency_key": "k"}
    got, status, answer = await ask("POST", "/orders", json=body)
    assert (got, status) == (None, 422)
    assert answer["errors"][0]["field"] == "idempotency_key"

    _, status, _ = await ask("POST", "/orders", json={"product": "t"}, headers={KEY: "a b"})
    assert status == 400


async def test_fields_in_the_path_are_not_in_the_body() -> None:
    got, status, _ = await ask("POST", f"/orders/{IDENTITY}/shipment", json={"customer": "ada"})
    assert (got, status) == (Ship(id=IDENTITY, customer="ada"), 202)

    body = {"customer": "ada", "id": str(IDENTITY)}
    _, status, answer = await ask("POST", f"/orders/{IDENTITY}/shipment", json=body)
    assert (status, answer["errors"][0]["field"]) == (422, "id")


async def test_a_message_in_the_path_alone_needs_no_body() -> None:
    got, status, _ = await ask("DELETE", f"/orders/{IDENTITY}")
    assert (got, status) == (Cancel(id=IDENTITY), 202)


async def test_what_publishes_no_event_is_answered_at_once() -> None:
    got, status, answer = await ask("PATCH", f"/orders/{IDENTITY}", json={"name": "x"})
    assert got == Rename(id=IDENTITY, name="x")
    assert (status, answer) == (200, {"names": ["tea"]})


async def test_the_fields_of_a_query_are_in_its_string() -> None:
    got, status, answer = await ask("GET", "/orders/ada?size=3")
    assert got == Find(customer="ada", size=3)
    assert (status, answer) == (200, {"names": ["tea"]})
    got, *_ = await ask("GET", "/orders/ada")
    assert got == Find(customer="ada")


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "field"),
    (
        ("POST", "/orders", {"product": 1}, 422, "product"),
        ("POST", "/orders", {"product": "t", "more": 1}, 422, "more"),
        ("POST", "/orders", {"product": "a\0"}, 422, "product"),
        ("GET", "/orders/ada?size=x", None, 400, "size"),
        ("GET", "/orders/ada?sise=1", None, 400, "sise"),
        ("GET", "/orders/ad%00a", None, 400, "customer"),
    ),
)
async def test_what_is_wrong_is_refused_by_its_name(
    method: str, path: str, body: Any, status: int, field: str
) -> None:
    got, told, answer = await ask(method, path, json=body)

    assert (got, told) == (None, status)
    assert answer["errors"][0]["field"] == field


async def test_the_document_says_what_the_message_says() -> None:
    async with serve(Bus({}), *ROUTES) as http:
        document = (await http.get("/schema/openapi.json")).json()

    place = document["paths"]["/orders"]["post"]
    assert place["summary"] == "Accept an order"
    assert place["description"].endswith("The same key gives the same id again.")
    assert (place["operationId"], place["tags"]) == ("place", ["orders"])
    [header] = place["parameters"]
    assert (header["name"], header["in"], header["required"]) == (
        "Idempotency-Key",
        "header",
        False,
    )
    assert set(place["responses"]) == {
        *("202", "400", "401", "403", "404", "413", "415", "422", "429", "503")
    }
    body = document["components"]["schemas"]["Place"]
    assert set(body["properties"]) == {"product", "quantity"}
    assert (body["required"], body["additionalProperties"]) == (["product"], False)

    rename = document["paths"]["/orders/{id}"]["patch"]
    assert (rename["operationId"], rename["tags"]) == ("rename", ["shop"])
    assert "again" in rename["responses"]["200"]["links"]
    assert rename["parameters"][0]["schema"] == {"type": "string", "format": "uuid"}

    find = document["paths"]["/orders/{customer}"]["get"]
    assert {each["name"]: each["in"] for each in find["parameters"]} == {
        "customer": "path",
        "size": "query",
    }


def test_a_parameter_that_is_no_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="Find has no field number"):
        asks("GET", "/orders/{number:int}", Find)
