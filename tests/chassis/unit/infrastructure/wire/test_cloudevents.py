"""The wire form itself, which other services hold on to."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from msgspec import Raw

from chassis.application.event import Event
from chassis.application.ports.codec import Undecodable
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec

CODEC = CloudEventsCodec("/my-service")
EVENT = Event(
    id=UUID("0197a5b2-1111-7222-8333-444455556666"),
    type="notification.registered.v1",
    subject="ada",
    time=datetime(2026, 5, 4, 3, 2, 1, 123_000, tzinfo=UTC),
    key=("notification", "a.b", "ё"),
    data=Raw(b'{"receiver": "ada"}'),
)
BODY: dict[str, Any] = {
    "specversion": "1.0",
    "id": "0197a5b2-1111-7222-8333-444455556666",
    "source": "/my-service",
    "type": "notification.registered.v1",
    "subject": "ada",
    "time": "2026-05-04T03:02:01.123000Z",
    "datacontenttype": "application/json",
    "data": {"receiver": "ada"},
}


def body(**changes: Any) -> bytes:
    """Return the wire form with these changes; `...` takes a field away."""
    fields = (BODY | changes).items()
    return json.dumps({name: value for name, value in fields if value is not ...}).encode()


def test_an_event_is_structured_json() -> None:
    envelope = CODEC.encode(EVENT)

    assert json.loads(envelope.body) == BODY
    assert envelope.id == EVENT.id


def test_the_routing_key_is_encoded_part_by_part() -> None:
    assert CODEC.encode(EVENT).routing_key == "notification.a%2Eb.%D1%91"


def test_the_request_and_its_trace_are_extensions() -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    found = CODEC.decode(body(traceparent=trace, requestid="r-1"))

    assert (found.traceparent, found.request_id) == (trace, "r-1")
    assert json.loads(CODEC.encode(found).body) == BODY | {
        "traceparent": trace,
        "requestid": "r-1",
    }


def test_what_other_services_send_is_understood() -> None:
    found = CODEC.decode(
        body(source="urn:elsewhere", tracestate="x", time="2026-05-04T05:02:01.123+02:00")
    )

    assert (found.id, found.type, found.subject) == (EVENT.id, EVENT.type, EVENT.subject)
    assert found.time == EVENT.time
    assert json.loads(bytes(found.data)) == BODY["data"]


@pytest.mark.parametrize(
    ("change", "named"),
    (
        ({"specversion": "0.3"}, "specversion"),
        ({"specversion": ...}, "specversion"),
        ({"id": "1"}, "id"),
        ({"id": ...}, "id"),
        ({"source": ""}, "source"),
        ({"type": ""}, "type"),
        ({"type": ...}, "type"),
        ({"subject": None}, "subject"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2026-05-04T03:02:01"}, "time"),
        ({"datacontenttype": "text/plain"}, "datacontenttype"),
        ({"data": ...}, "data"),
        ({"traceparent": 1}, "traceparent"),
    ),
)
def test_what_breaks_the_form_is_undecodable_by_name(change: dict[str, Any], named: str) -> None:
    with pytest.raises(Undecodable, match=named):
        CODEC.decode(body(**change))


def test_text_that_is_not_utf8_is_undecodable() -> None:
    with pytest.raises(Undecodable, match="utf-8"):
        CODEC.decode(body().replace(b'"subject": "ada"', b'"subject": "\xff"'))
