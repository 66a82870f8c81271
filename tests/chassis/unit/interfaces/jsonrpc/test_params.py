"""Parameters: by name, strictly."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.application.notification.messages import ListNotifications, Page
from app.interfaces.jsonrpc.notification.methods import methods
from chassis.domain.errors import Invalid
from chassis.interfaces.jsonrpc.call import call_decoder
from chassis.interfaces.jsonrpc.method import Method
from chassis.interfaces.jsonrpc.params import decode_params
from chassis.interfaces.jsonrpc.refused import JsonRpcRefused
from chassis.interfaces.jsonrpc.request import Request, read
from tests.unit.jsonrpc.talk import Talk


def asking(params: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"method":"notifications.list","params":%b}' % params


@pytest.mark.parametrize(
    ("params", "code", "field", "said"),
    (
        (b'["ada"]', -32602, "params", "must be an object: parameters"),
        (b"null", -32600, "params", "must be an object"),
        (b'"ada"', -32600, "params", "must be an object"),
        (b'{"recever":"ada"}', -32602, "recever", "is not a field of this"),
        (b'{"page":"1"}', -32602, "page", "expected `int`"),
        (b'{"page":1e400}', -32602, "page", "out of range"),
        (b'{"since":"yesterday"}', -32602, "since", "must be a time such as"),
        (b'{"since":"2030-01-01T00:00:00"}', -32602, "since", "must have an offset"),
        (b'{"receiver":"a\\u0000"}', -32602, "receiver", "must not contain NUL"),
        (b'{"_meta":{"x":"\\u0000\xff"}}', -32700, "message", "is not UTF-8"),
        (b'{"_meta":{"x":["\\u0000",1e400]}}', -32602, "params", "out of range"),
        (b'{"_meta":{"request_id":1}}', -32602, "_meta.request_id", "expected `str | null`"),
    ),
)
async def test_what_does_not_fit_is_told(params: bytes, code: int, field: str, said: str) -> None:
    talk = Talk()
    talk.send(asking(params))
    error = talk.error()

    assert error["code"] == code
    [blamed] = error["data"]["errors"]
    assert blamed["field"] == field
    assert said in blamed["message"]


@pytest.mark.parametrize(
    "params", (b"{}", b'{"receiver":"a\\\\u0000"}', b'{"_meta":{"request_id":"\\u0000"}}')
)
async def test_what_fits_is_the_message(params: bytes) -> None:
    asked: list[ListNotifications] = []

    async def handle(message: ListNotifications) -> Any:
        asked.append(message)
        return Page(items=[], page=1, size=50, total=0)

    talk = Talk({ListNotifications: handle})
    talk.send(asking(params))

    assert "result" in talk.told()[0]
    receiver = "a\\u0000" if b"receiver" in params else None
    assert asked == [ListNotifications(receiver=receiver)]


async def test_all_may_be_left_out_where_each_may() -> None:
    async def handle(message: ListNotifications) -> Any:
        return Page(items=[], page=1, size=50, total=0)

    talk = Talk({ListNotifications: handle})
    talk.send({"jsonrpc": "2.0", "id": 1, "method": "notifications.list"})
    talk.send({"jsonrpc": "2.0", "id": 2, "method": "notifications.get"})
    listed, missing = talk.told()

    assert listed["result"]["total"] == 0
    assert missing["error"]["message"] == "id: is missing"


_decode = call_decoder(methods)
_names = st.sampled_from(
    sorted({name for each in methods for name in each.params.__struct_encode_fields__})
)
_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(("", "ada", "1", "2030-01-01")),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(_names, inner, max_size=2),
    max_leaves=4,
)
_texts = st.dictionaries(_names, _values, max_size=3).map(msgspec.json.encode)


def decoded(method: Method[Any], text: bytes) -> Any:
    """Return what the parameters are, or how they are refused."""
    try:
        return decode_params(method.decoder, msgspec.Raw(text))
    except (JsonRpcRefused, Invalid) as refused:
        return refused


@given(st.sampled_from(methods), _texts | st.binary(max_size=20))
def test_decoded_in_one_pass_or_two_they_are_the_same(method: Method[Any], text: bytes) -> None:
    found = decoded(method, text)
    message = b'{"jsonrpc":"2.0","method":"%b","params":%b}' % (method.name.encode(), text)
    try:
        call = _decode(message)
    except (msgspec.DecodeError, UnicodeDecodeError):
        assert isinstance(found, JsonRpcRefused)
        assert found.reason
    else:
        request = read(message)
        assert isinstance(request, Request)
        assert decoded(method, bytes(request.params)) == call.params
