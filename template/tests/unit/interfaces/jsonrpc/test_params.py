"""Parameters: by name, strictly."""

from typing import Any

import pytest

from app.application.notification.messages import ListNotifications, Page
from tests.unit.interfaces.jsonrpc.talk import Talk


def asking(params: bytes) -> bytes:
    return b'{"jsonrpc":"2.0","id":1,"method":"notifications.list","params":%b}' % params


@pytest.mark.parametrize(
    ("params", "code", "field", "said"),
    (
        (b'["ada"]', -32602, "params", "must be given by name"),
        (b"null", -32600, "params", "must be an object"),
        (b'"ada"', -32600, "params", "must be an object"),
        (b'{"recever":"ada"}', -32602, "recever", "is not a field of this"),
        (b'{"page":"1"}', -32602, "page", "expected `int`"),
        (b'{"page":1e400}', -32602, "page", "out of range"),
        (b'{"since":"yesterday"}', -32602, "since", "must be a time such as"),
        (b'{"since":"2030-01-01T00:00:00"}', -32602, "since", "must have an offset"),
        (b'{"receiver":"a\\u0000"}', -32602, "receiver", "must not contain NUL"),
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
