"""The query of a subscriber."""

import pytest

from app.application.notification.mapping import REGISTERED
from chassis.application.streaming.messages import Subscribe
from chassis.application.streaming.streamed import Streamed
from chassis.domain.errors import Invalid
from chassis.interfaces.http.query import decode_query
from chassis.interfaces.http.streaming.stream_query import StreamQuery
from chassis.interfaces.serving.refused import HttpRefused
from tests.chassis.unit.events import BOTH, ORDER


def asked(query: bytes, last_event_id: str | None = None) -> Subscribe:
    parameters = StreamQuery(BOTH)
    return parameters.message(decode_query(query, parameters.query), last_event_id)


def test_the_parameters_are_those_of_the_table() -> None:
    names = ("type", "subject", "action_type", "receiver", "last_event_id")
    assert StreamQuery(BOTH).query.__struct_fields__ == names
    plain = StreamQuery({ORDER: Streamed("order", "orders:read")})
    assert plain.query.__struct_fields__ == ("type", "subject", "last_event_id")


@pytest.mark.parametrize(
    ("query", "expected"),
    (
        (b"", Subscribe()),
        (b"type=", Subscribe()),
        (b"type=%s" % ORDER.encode(), Subscribe(types=(ORDER,))),
        (f"type={ORDER},{REGISTERED}".encode(), Subscribe(types=(REGISTERED, ORDER))),
        (f"type=,{ORDER},".encode(), Subscribe(types=(ORDER,))),
        (b"subject=ada", Subscribe(subject="ada")),
        (b"receiver=ada", Subscribe(types=(REGISTERED,), subject="ada")),
        (b"type=&receiver=ada", Subscribe(types=(REGISTERED,), subject="ada")),
        (b"action_type=left", Subscribe(types=(REGISTERED,), tag="left")),
        (
            b"receiver=ada&action_type=left&subject=ada",
            Subscribe(types=(REGISTERED,), subject="ada", tag="left"),
        ),
        (b"type=x.v1", Subscribe(types=("x.v1",))),
        (b"last_event_id=e.7", Subscribe(cursor="e.7")),
        (b"last_event_id=", Subscribe()),
    ),
)
def test_a_query_is_a_message(query: bytes, expected: Subscribe) -> None:
    assert asked(query) == expected


def test_the_header_outdoes_the_parameter() -> None:
    assert asked(b"last_event_id=e.7", "e.9").cursor == "e.9"
    assert asked(b"last_event_id=e.7", "").cursor == "e.7"


@pytest.mark.parametrize(
    ("query", "field"),
    (
        (f"type={ORDER}&receiver=ada".encode(), "receiver"),
        (f"type={ORDER}&action_type=left".encode(), "action_type"),
        (b"subject=eve&receiver=ada", "receiver"),
    ),
)
def test_filters_that_contradict_each_other_are_refused(query: bytes, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        asked(query)

    assert caught.value.field == field


@pytest.mark.parametrize("query", (b"receivr=ada", b"type=a&type=b", b"subject=a%00"))
def test_a_parameter_that_is_none_is_refused(query: bytes) -> None:
    with pytest.raises(HttpRefused):
        asked(query)
