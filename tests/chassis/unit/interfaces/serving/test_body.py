from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.application.notification.messages import NewNotification
from chassis.interfaces.serving.asgi import Message
from chassis.interfaces.serving.body import decode_body, read_body
from chassis.interfaces.serving.refused import ClientLeft, HttpRefused

JSON = (b"content-type", b"application/json")
LIMIT = 16
INTO = NewNotification | list[NewNotification]


async def read(parts: Sequence[bytes], *headers: tuple[bytes, bytes], whole: bool = True) -> bytes:
    """Return the body that comes in these parts; where it is not `whole`, the client leaves."""
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": not whole or index < len(parts) - 1}
        for index, part in enumerate(parts)
    ]

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    return await read_body({"headers": headers}, receive, LIMIT)


@given(st.lists(st.binary(max_size=8), min_size=1, max_size=5), st.booleans())
async def test_however_it_is_cut_a_body_is_whole_or_refused(
    parts: list[bytes], whole: bool
) -> None:
    sent = b"".join(parts)
    try:
        found: Any = await read(parts, JSON, whole=whole)
    except (ClientLeft, HttpRefused) as error:
        found = error
    if isinstance(found, bytes):
        assert whole
        assert found == sent
        assert 0 < len(sent) <= LIMIT
    elif isinstance(found, ClientLeft):
        assert not whole
    elif found.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        assert len(sent) > LIMIT
    else:
        assert not sent


@pytest.mark.parametrize("size", (b"17", b"9" * 20, b"9" * 5000))
async def test_what_is_announced_as_too_large_is_not_waited_for(size: bytes) -> None:
    with pytest.raises(HttpRefused) as refused:
        await read((), JSON, (b"content-length", size))
    assert refused.value.status is HTTPStatus.REQUEST_ENTITY_TOO_LARGE


@pytest.mark.parametrize("size", (b"2", b"0" * 5000 + b"2", b"-1", b"x", b"\xb2", b""))
async def test_what_is_announced_otherwise_is_not_believed(size: bytes) -> None:
    assert await read((b"{}",), JSON, (b"content-length", size)) == b"{}"


GOOD = b'[{"receiver":"ada","action_type":"greeted","action_data":{"a":[1.5,null]}}]'
_damaged = st.builds(
    lambda at, byte: GOOD[:at] + bytes([byte]) + GOOD[at + 1 :],
    st.integers(0, len(GOOD)),
    st.integers(0, 255),
)


def decoded(body: bytes) -> Any:
    """Return what the body is, or how it is refused."""
    try:
        return decode_body(body, INTO)
    except HttpRefused as refused:
        return refused


@given(st.binary(max_size=60) | _damaged | st.sampled_from((b"[" * 5000, b'{"a":' * 5000)))
def test_bytes_are_notifications_or_refused(body: bytes) -> None:
    found = decoded(body)
    if isinstance(found, HttpRefused):
        assert found.status in (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)
        assert found.field
        assert found.reason
    else:
        assert decoded(msgspec.json.encode(found)) == found
