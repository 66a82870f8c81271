import httpx
import pytest

from chassis.cli.clients import Disconnected, RequestRefused
from chassis.cli.clients.http import Ids
from chassis.cli.http_answers import LONGEST, check, decode, read


@pytest.mark.parametrize(
    ("status", "headers", "body", "told"),
    (
        (400, {}, b'{"detail": "no"}', "400: no"),
        (400, {}, b'{"detail": "\xff"}', "400: Bad Request"),
        (400, {}, b"[" * 100_000, "400: Bad Request"),
        (302, {"location": "file:///etc/passwd"}, b"", "302: a redirect to another address"),
        (304, {}, b"", "304: Not Modified"),
    ),
)
def test_what_is_no_success_is_refused(
    status: int, headers: dict[str, str], body: bytes, told: str
) -> None:
    with pytest.raises(RequestRefused) as caught:
        check(httpx.Response(status, headers=headers), body)
    assert str(caught.value).startswith(told)


def test_a_success_is_taken() -> None:
    check(httpx.Response(202), b"")


def test_whoever_is_busy_may_be_asked_again() -> None:
    with pytest.raises(Disconnected):
        check(httpx.Response(503), b"")


@pytest.mark.parametrize("body", (b"", b"{}", b'{"ids": 1}', b'{"ids": ["\xff"]}', b"[" * 100_000))
def test_another_services_answer_is_told(body: bytes) -> None:
    with pytest.raises(RequestRefused, match="is it this service"):
        decode(body, Ids)


async def test_an_answer_is_read_to_a_bound() -> None:
    assert await read(httpx.Response(200, content=b"a" * LONGEST)) == b"a" * LONGEST
    with pytest.raises(RequestRefused, match="more than 4,194,304 bytes"):
        await read(httpx.Response(200, content=b"a" * (LONGEST + 1)))
