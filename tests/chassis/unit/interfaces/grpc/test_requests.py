"""From a protobuf message to the message of a use case."""

from datetime import UTC, datetime
from typing import Any, Literal
from uuid import UUID

import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from msgspec import Struct

from chassis.application.errors import NotFound
from chassis.application.message import Accepted, CommandMessage, Message
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.requests import request_reader
from tests.chassis.unit.interfaces.grpc.protos import TEXT, TIME, WHOLE, made, make_file

IDENTITY = UUID("0192f3a4-5b6c-7d8e-9f01-23456789abcd")
NOW = datetime(2030, 1, 31, 12, tzinfo=UTC)

FILE = make_file(
    "requests_test",
    {
        "Line": {"product": TEXT, "count": (WHOLE, "optional")},
        "Request": {
            "id": TEXT,
            "customer": (TEXT, "optional"),
            "since": TIME,
            "by": "enum:.requests_test.SortBy",
            "words": (TEXT, "repeated"),
            "lines": (".requests_test.Line", "repeated"),
            "first": ".requests_test.Line",
        },
        "Plain": {"id": TEXT},
        "Times": {"times": (TIME, "repeated")},
    },
    enums={"SortBy": ["SORT_BY_UNSPECIFIED", "SORT_BY_TIME", "SORT_BY_NAME"]},
)
Request: Any = made(FILE, "Request")
Line: Any = made(FILE, "Line")


class OrderLine(Struct, frozen=True):
    """A part of the message."""

    product: str
    count: int = 1


class Find(Message[Accepted], frozen=True):
    """Has all that a message may have."""

    id: UUID
    customer: str | None = None
    since: datetime | None = None
    by: Literal["time", "name"] = "time"
    words: tuple[str, ...] = ()
    lines: tuple[OrderLine, ...] = ()
    first: OrderLine | None = None


class Keyed(CommandMessage[Accepted], frozen=True):
    """Takes a key, which is no field of the request."""

    id: UUID
    idempotency_key: str | None = None


class Counted(CommandMessage[Accepted], frozen=True):
    """Has a field that the request lacks."""

    id: UUID
    count: int


class Sized(CommandMessage[Accepted], frozen=True):
    """Has a field with a default that the request lacks."""

    id: UUID
    size: int = 1


read = request_reader(made(FILE, "Request"), Find)


def test_fields_that_are_not_set_have_the_defaults_of_the_message() -> None:
    assert read(Request(id=str(IDENTITY))) == Find(id=IDENTITY)


def test_all_fields_are_read() -> None:
    since = Timestamp()
    since.FromDatetime(NOW)
    asked = Request(
        id=str(IDENTITY),
        customer="",
        since=since,
        by=2,
        words=["a", "b"],
        lines=[Line(product="tea"), Line(product="jam", count=0)],
        first=Line(product="tea", count=3),
    )

    assert read(asked) == Find(
        id=IDENTITY,
        customer="",
        since=NOW,
        by="name",
        words=("a", "b"),
        lines=(OrderLine("tea"), OrderLine("jam", 0)),
        first=OrderLine("tea", 3),
    )


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    (
        ({"customer": "a\0"}, "customer", "NUL"),
        ({"lines": [Line(product="a\0")]}, "lines[0].product", "NUL"),
        ({"by": 7}, "by", "must be SORT_BY_TIME or SORT_BY_NAME"),
        ({"since": Timestamp(seconds=10**12)}, "since", "between the years"),
    ),
)
def test_what_is_wrong_is_refused_by_its_name(
    fields: dict[str, Any], field: str, said: str
) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        read(Request(**{"id": str(IDENTITY)} | fields))
    assert caught.value.field == field


@pytest.mark.parametrize("identity", ("", "x", str(IDENTITY)[:-1], "\0"))
def test_under_what_is_no_id_there_is_nothing(identity: str) -> None:
    with pytest.raises(NotFound, match=f"^there is nothing with the id {identity}$"):
        read(Request(id=identity))


def test_a_long_id_is_not_repeated_as_a_whole() -> None:
    with pytest.raises(NotFound) as caught:
        read(Request(id="x" * 10_000))
    assert len(str(caught.value)) < 100


def test_the_key_is_no_field_of_the_request() -> None:
    plain = made(FILE, "Plain")
    assert request_reader(plain, Keyed)(made(FILE, "Plain")(id=str(IDENTITY))) == Keyed(id=IDENTITY)


@pytest.mark.parametrize(
    ("name", "message", "said"),
    (
        ("Plain", Counted, "lacks fields of Counted: count$"),
        ("Request", Sized, "has fields that Sized lacks: by, customer, first"),
    ),
)
def test_other_fields_are_an_error(name: str, message: type[Message[Any]], said: str) -> None:
    with pytest.raises(TypeError, match=rf"^requests_test\.{name} {said}"):
        request_reader(made(FILE, name), message)


def test_a_field_that_the_request_lacks_has_its_default() -> None:
    plain = made(FILE, "Plain")
    assert request_reader(plain, Sized)(made(FILE, "Plain")(id=str(IDENTITY))) == Sized(id=IDENTITY)


def test_a_list_of_times_needs_its_own_mapping() -> None:
    class Timed(Message[Accepted], frozen=True):
        times: tuple[datetime, ...]

    with pytest.raises(TypeError, match=r"requests_test\.Times\.times needs a mapping of its own"):
        request_reader(made(FILE, "Times"), Timed)
