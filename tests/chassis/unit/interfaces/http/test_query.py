from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from chassis.interfaces.http.query import decode_query
from chassis.interfaces.serving.refused import HttpRefused


class Query(Struct, frozen=True):
    name: str | None = None
    page: int = 1
    seen: bool | None = None
    since: Annotated[datetime, Meta(tz=True)] | None = None
    by: Literal["day", "hour"] = "day"


@pytest.mark.parametrize(
    ("raw", "expected"),
    (
        (b"", Query()),
        (b"name=", Query(name="")),
        (b"name=null", Query(name="null")),
        (b"name=7", Query(name="7")),
        (b"name=a+b%26c", Query(name="a b&c")),
        (b"name=%D0%96", Query(name="Ж")),
        (b"page=-3&seen=false", Query(page=-3, seen=False)),
        (b"by=hour", Query(by="hour")),
    ),
)
def test_decodes(raw: bytes, expected: Query) -> None:
    assert decode_query(raw, Query) == expected


@pytest.mark.parametrize("offset", (b"Z", b"+02:00", b"%2B02:00", b"-02:00"))
def test_takes_an_offset_as_people_write_it(offset: bytes) -> None:
    decoded = decode_query(b"since=2030-01-31T12:00:00" + offset, Query)

    assert decoded.since is not None
    assert decoded.since.utcoffset() is not None


@pytest.mark.parametrize(
    ("raw", "field", "reason"),
    (
        (b"nam=x", "nam", "did you mean name?"),
        (b"x=1", "x", "there are name, page, seen, since, by"),
        (b"=1", "query", "has a parameter without a name"),
        (b"page=1&page=1", "page", "is given twice"),
        (b"page=1e3", "page", "must be a whole number"),
        (b"page=%D9%A1", "page", "must be a whole number"),
        (b"seen=1", "seen", "must be true or false"),
        (b"since=2030-01-31", "since", "must be a time such as"),
        (b"since=2030-01-31T12:00:00", "since", "must have an offset"),
        (b"by=week", "by", "week"),
        (b"name=%00", "name", "NUL"),
        (b"name=%ff", "query", "UTF-8"),
        (b"name=\xff", "query", "UTF-8"),
    ),
)
def test_refuses(raw: bytes, field: str, reason: str) -> None:
    with pytest.raises(HttpRefused) as refused:
        decode_query(raw, Query)

    assert (refused.value.status, refused.value.field) == (HTTPStatus.BAD_REQUEST, field)
    assert reason in refused.value.reason


_bytes = st.sampled_from(b"&=%+0129aZ:-T\x00\xc3\xff")
_pairs = st.builds(
    lambda name, value: name + b"=" + bytes(value),
    st.sampled_from((b"name", b"page", b"seen", b"since", b"by", b"nam", b"%6eame", b"")),
    st.lists(_bytes, max_size=8),
)


def decoded(raw: bytes) -> Query | HttpRefused:
    """Return what the query is, or how it is refused."""
    try:
        return decode_query(raw, Query)
    except HttpRefused as refused:
        return refused


@given(st.binary(max_size=40) | st.lists(_pairs, max_size=70).map(b"&".join))
def test_bytes_are_a_query_or_refused(raw: bytes) -> None:
    found = decoded(raw)
    if isinstance(found, HttpRefused):
        assert found.status is HTTPStatus.BAD_REQUEST
        assert 0 < len(found.field) <= 64
    else:
        assert "\0" not in (found.name or "")
        assert found.since is None or found.since.utcoffset() is not None
