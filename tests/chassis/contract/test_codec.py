"""The port `Codec`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from chassis.application.event import Event
from chassis.application.ports.codec import Codec, Undecodable
from chassis.domain.ids import new_id
from chassis.infrastructure.wire.cloudevents import CloudEventsCodec

CODECS: dict[str, Callable[[], Codec]] = {"cloudevents": lambda: CloudEventsCodec("/tests")}

TYPES = ("notification.registered.v1", "order.placed.v2", "line item.added", "ж")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
jsons = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=5,
)
events = st.sampled_from(TYPES).flatmap(lambda kind: of_type(kind))


def of_type(kind: str) -> st.SearchStrategy[Event]:
    """Return events of a type, whose key begins with its aggregate."""
    aggregate, rest = kind.partition(".")[0], st.lists(texts.filter(bool), max_size=3)
    return st.builds(
        Event,
        id=st.uuids(version=4) | st.builds(new_id, st.just(datetime(2026, 1, 1, tzinfo=UTC))),
        type=st.just(kind),
        subject=texts,
        time=st.datetimes(timezones=st.just(UTC)),
        key=rest.map(lambda parts: (aggregate, *parts)),
        data=jsons.map(lambda value: Raw(json.dumps(value).encode())),
        traceparent=st.none() | texts,
        request_id=st.none() | texts,
    )


@pytest.fixture(params=sorted(CODECS), scope="module")
def codec(request: pytest.FixtureRequest) -> Codec:
    return CODECS[request.param]()


@given(event=events)
def test_an_event_comes_back_as_it_was(codec: Codec, event: Event) -> None:
    found = codec.decode(codec.encode(event).body)

    for field in ("id", "type", "subject", "time", "traceparent", "request_id"):
        assert getattr(found, field) == getattr(event, field)
    assert json.loads(bytes(found.data)) == json.loads(bytes(event.data))


@given(event=events)
def test_an_envelope_is_addressed_by_id_and_key(codec: Codec, event: Event) -> None:
    envelope = codec.encode(event)

    assert envelope.id == event.id
    assert len(envelope.routing_key.split(".")) == len(event.key)
    assert envelope.routing_key.isascii()


@pytest.mark.parametrize("key", (("notification",), ("orders", "1"), ("order.placed",), ("",)))
def test_a_key_that_does_not_begin_with_the_aggregate_is_an_error(
    codec: Codec, key: tuple[str, ...]
) -> None:
    event = Event(
        id=new_id(datetime(2026, 1, 1, tzinfo=UTC)),
        type="order.placed.v1",
        subject="ada",
        time=datetime(2026, 1, 1, tzinfo=UTC),
        key=key,
        data=Raw(b"{}"),
    )
    with pytest.raises(ValueError, match=r"the key of order\.placed\.v1 must begin with 'order'"):
        codec.encode(event)


@given(body=st.binary(max_size=50))
def test_noise_is_undecodable(codec: Codec, body: bytes) -> None:
    with pytest.raises(Undecodable):
        codec.decode(body)


@pytest.mark.parametrize(
    "body",
    (
        b"",
        b"null",
        b"[]",
        b"{}",
        b'"\xff"',
        b"[" * 100_000,
        b'{"data": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ),
    ids=range(7),
)
def test_what_is_no_event_is_undecodable_and_says_why(codec: Codec, body: Any) -> None:
    with pytest.raises(Undecodable) as caught:
        codec.decode(body)

    assert str(caught.value)
