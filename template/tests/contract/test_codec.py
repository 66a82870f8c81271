"""The port `Codec`."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from app.application.event import Event
from app.application.ports.codec import Codec, Undecodable
from app.domain.ids import new_id
from app.infrastructure.wire.cloudevents import CloudEventsCodec

CODECS: dict[str, Callable[[], Codec]] = {"cloudevents": lambda: CloudEventsCodec("/tests")}

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
events = st.builds(
    Event,
    id=st.uuids(version=4) | st.builds(new_id, st.just(datetime(2026, 1, 1, tzinfo=UTC))),
    type=texts.filter(bool),
    subject=texts,
    time=st.datetimes(timezones=st.just(UTC)),
    key=st.lists(texts.filter(bool), min_size=1, max_size=4).map(tuple),
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
