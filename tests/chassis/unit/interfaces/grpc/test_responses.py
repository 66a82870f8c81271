"""From the answer of a use case to a protobuf message."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID, uuid4

import pytest
from msgspec import Raw, Struct

from chassis.domain.json_text import JsonText
from chassis.interfaces.grpc.responses import response_writer
from tests.chassis.unit.interfaces.grpc.protos import FLAG, TEXT, TIME, WHOLE, made, make_file

IDENTITY = uuid4()
DATA = JsonText(b'{"a":1}')
NOW = datetime(2030, 1, 31, 12, 0, 0, 5, tzinfo=UTC)

FILE = make_file(
    "responses_test",
    {
        "Order": {
            "id": TEXT,
            "at": TIME,
            "note": (TEXT, "optional"),
            "is_new": FLAG,
            "by": "enum:.responses_test.SortBy",
            "data": TEXT,
            "words": (TEXT, "repeated"),
        },
        "List": {
            "items": (".responses_test.Order", "repeated"),
            "page": (WHOLE, "optional"),
            "next": (TEXT, "optional"),
        },
        "Get": {"order": ".responses_test.Order"},
        "Short": {"id": TEXT},
    },
    enums={"SortBy": ["SORT_BY_UNSPECIFIED", "SORT_BY_TIME", "SORT_BY_NAME"]},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An entity, as an answer."""

    id: UUID = IDENTITY
    at: datetime = NOW
    note: str | None = None
    is_new: bool = False
    by: Literal["time", "name"] = "name"
    data: JsonText | Raw = DATA
    words: tuple[str, ...] = ()


class Page(Struct, frozen=True):
    """One kind of answer."""

    items: list[Order]
    page: int


class Slice(Struct, frozen=True):
    """Another kind."""

    items: list[Order]
    next: str | None


def writer(name: str, answer: Any) -> Any:
    return response_writer(made(FILE, name), answer)


def test_all_fields_are_written() -> None:
    told = writer("Order", Order)(Order(note="", is_new=True, words=("a", "b")))

    assert told.id == str(IDENTITY)
    assert told.at.ToDatetime(UTC) == NOW
    assert (told.HasField("note"), told.note) == (True, "")
    assert (told.is_new, told.by, told.data, list(told.words)) == (True, 2, '{"a":1}', ["a", "b"])


def test_none_is_not_set() -> None:
    assert not writer("Order", Order)(Order()).HasField("note")


def test_an_answer_may_be_of_several_kinds() -> None:
    write = writer("List", Page | Slice)

    page, part = write(Page([Order()], 2)), write(Slice([Order(), Order()], "x"))

    assert (len(page.items), page.page, page.HasField("next")) == (1, 2, False)
    assert (len(part.items), part.next, part.HasField("page")) == (2, "x", False)
    assert part.items[0].id == str(IDENTITY)


def test_the_only_message_of_a_response_is_the_answer() -> None:
    assert writer("Get", Order)(Order()).order.id == str(IDENTITY)


def test_a_field_that_the_answer_lacks_is_an_error() -> None:
    with pytest.raises(TypeError, match=r"^responses_test\.List has fields that .* lacks: next$"):
        writer("List", Page)


def test_a_field_that_the_response_lacks_is_not_sent() -> None:
    assert writer("Short", Order)(Order()) == made(FILE, "Short")(id=str(IDENTITY))


def test_the_response_is_of_the_class_that_the_server_encodes() -> None:
    assert isinstance(writer("Order", Order)(Order()), made(FILE, "Order"))
