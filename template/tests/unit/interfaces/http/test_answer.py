from typing import Any

from msgspec import Struct

from app.interfaces.http.answer import JSONAnswer


class Content(Struct):
    id: int


async def test_the_answer_is_json_with_its_length_and_the_headers_that_were_given() -> None:
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    answer = JSONAnswer(202, Content(7), [(b"location", b"/contents/7")])
    await answer({"type": "http"}, receive, send)

    head, body = sent
    assert (head["type"], head["status"]) == ("http.response.start", 202)
    assert sorted(head["headers"]) == [
        (b"content-length", b"8"),
        (b"content-type", b"application/json"),
        (b"location", b"/contents/7"),
    ]
    assert body == {"type": "http.response.body", "body": b'{"id":7}'}
