"""An answer of JSON: a large one has been taken by the client when it is over."""

from typing import Any

import pytest

from chassis.interfaces.http.answer import LARGE, JSONAnswer


async def sent(content: Any) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    async def receive() -> None:
        raise AssertionError("nothing is read")

    await JSONAnswer(200, content, [(b"x", b"y")])({}, receive, send)
    return messages


async def test_a_small_answer_is_sent_at_once() -> None:
    start, body = await sent({"a": 1})

    assert start["headers"] == [
        (b"content-type", b"application/json"),
        (b"content-length", b"7"),
        (b"x", b"y"),
    ]
    assert body == {"type": "http.response.body", "body": b'{"a":1}'}


@pytest.mark.parametrize(("size", "parts"), ((LARGE - 2, 1), (LARGE - 1, 2)))
async def test_a_large_answer_is_not_over_before_the_server_has_taken_it(
    size: int, parts: int
) -> None:
    start, *bodies = await sent("x" * size)

    assert [message.get("more_body", False) for message in bodies] == [True, False][-parts:]
    assert sum(len(message["body"]) for message in bodies) == size + 2
    assert (b"content-length", b"%d" % (size + 2)) in start["headers"]
