"""The schema of a message, from its class."""

from typing import Any

import msgspec
import pytest

from chassis.application.message import Accepted, CommandMessage, Message, QueryMessage
from chassis.application.message_schema import description_of, fields_of, result_of, summary_of


class Place(CommandMessage[Accepted], frozen=True):
    """Accept an order.

    The same key gives the same id again.
    """

    customer: str
    words: list[str] = msgspec.field(default_factory=list)
    idempotency_key: str | None = None


class Urgent(Place, frozen=True):
    """Accept an order at once."""


class Find(QueryMessage[list[Accepted] | None], frozen=True):
    """Find orders."""


class Untold(Message, frozen=True):  # type: ignore[type-arg]  # what the test is about
    pass


class AlsoUntold(CommandMessage, frozen=True):  # type: ignore[type-arg]  # the same
    pass


@pytest.mark.parametrize(
    ("message", "result"),
    ((Place, Accepted), (Urgent, Accepted), (Find, list[Accepted] | None)),
)
def test_the_answer_is_what_the_base_says(message: type[Message[Any]], result: Any) -> None:
    assert result_of(message) == result


@pytest.mark.parametrize("message", (Untold, AlsoUntold))
def test_a_message_without_an_answer_is_an_error(message: type[Message[Any]]) -> None:
    with pytest.raises(TypeError, match=f"^{message.__name__} names no answer"):
        result_of(message)


def test_the_fields_make_a_struct_with_the_same_defaults() -> None:
    made: Any = msgspec.defstruct(
        "Made", fields_of(Place, without=("idempotency_key",)), kw_only=True
    )

    assert made.__struct_fields__ == ("customer", "words")
    first, second = made(customer="ada"), made(customer="bob")
    assert msgspec.structs.asdict(first) == {"customer": "ada", "words": []}
    first.words.append("more")
    assert second.words == []


def test_a_field_that_may_be_left_out_keeps_its_default() -> None:
    made: Any = msgspec.defstruct("Made", fields_of(Place), kw_only=True)

    assert made(customer="ada").idempotency_key is None
    with pytest.raises(TypeError, match="customer"):
        made()


def test_the_docstring_has_the_summary() -> None:
    assert summary_of(Place) == "Accept an order"
    assert description_of(Place).endswith("order.\n\nThe same key gives the same id again.")


def test_a_message_needs_a_docstring() -> None:
    with pytest.raises(TypeError, match="Untold needs a docstring"):
        description_of(Untold)


def test_a_command_is_the_producers_and_a_query_is_any_roles() -> None:
    assert (Place.served_by, Place.publishes_events) == (("producer",), True)
    assert (Find.served_by, Find.publishes_events) == (("producer", "consumer"), False)
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        msgspec.json.decode(b'{"customer": "ada", "more": 1}', type=Place)
