"""Every input gets the right status and the invalid field; nothing is stored, and the service
continues.
"""

from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from tests.harness import Service

GOOD = {"receiver": "ada", "action_type": "greeted"}
JSON = "application/json"
UNKNOWN_ID = "019a0000-0000-7000-8000-000000000000"


class Case(NamedTuple):
    """A request, and what it must be answered with; `field` is the one that the problem blames."""

    status: int
    field: str | None
    method: str = "POST"
    path: str = "/notifications"
    body: bytes | None = None
    media_type: str | None = None
    headers: tuple[tuple[str, str], ...] = ()


def post(status: int, field: str, body: Any, **more: Any) -> Case:
    """A POST of JSON: bytes as they are, anything else encoded."""
    raw = body if isinstance(body, bytes) else msgspec.json.encode(body)
    return Case(status, field, body=raw, media_type=JSON, **more)


def one(status: int, field: str, **fields: Any) -> Case:
    """A POST of one notification, good but for these fields."""
    return post(status, field, GOOD | fields)


def raw(status: int, field: str, action_data: bytes) -> Case:
    """A POST of one notification, good but for its `action_data`, which msgspec would not write."""
    return post(
        status, field, b'{"receiver":"ada","action_type":"x","action_data":%b}' % action_data
    )


def query(field: str, text: str, path: str = "/notifications") -> Case:
    """A GET with a query string."""
    return Case(400, field, method="GET", path=f"{path}?{text}")


def patch(status: int, field: str, body: Any) -> Case:
    """A PATCH of a notification that is not there: its body is looked at first."""
    content = msgspec.json.encode(body)
    path = f"/notifications/{UNKNOWN_ID}"
    return Case(status, field, method="PATCH", path=path, body=content, media_type=JSON)


def nested(depth: int) -> dict[str, Any]:
    """An object of that depth."""
    inner: dict[str, Any] = {}
    for _ in range(depth - 1):
        inner = {"a": inner}
    return inner


CASES = {
    "empty body": post(400, "body", b""),
    "broken JSON": post(400, "body", b'{"receiver": "ada"'),
    "two documents": post(400, "body", msgspec.json.encode(GOOD) * 2),
    "not UTF-8": raw(400, "body", b'{"a":"\xff"}'),
    "a byte order mark": post(400, "body", b"\xef\xbb\xbf{}"),
    "UTF-16": post(400, "body", "{}".encode("utf-16")),
    "a string": post(422, "body", "ada"),
    "null": post(422, "body", None),
    "NaN": raw(400, "body", b'{"a":NaN}'),
    "1e999": raw(422, "action_data", b'{"a":1e999}'),
    "an integer of 5,000 digits": raw(422, "action_data", b'{"a":%b}' % (b"9" * 5000)),
    "nesting of 100,000": raw(400, "body", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "an array nested 100,000 deep": post(422, "[0]", b"[" * 100_000 + b"]" * 100_000),
    "action_data 33 deep": one(422, "action_data", action_data=nested(33)),
    "action_data an array": one(422, "action_data", action_data=[1]),
    "action_data null": one(422, "action_data", action_data=None),
    "NUL in a value": one(422, "action_data.a.b", action_data={"a": {"b": "x\0y"}}),
    "NUL in a key": one(422, "action_data", action_data={"x\0y": 1}),
    "NUL in a list": one(422, "action_data.a[1]", action_data={"a": ["x", "\0"]}),
    "NUL in receiver": one(422, "receiver", receiver="a\0b"),
    "NUL in actioner": one(422, "actioner", actioner="a\0b"),
    "a lone surrogate": raw(400, "body", b'{"a":"\\ud800"}'),
    "half a surrogate pair": raw(400, "body", b'{"a":"\\ud800x"}'),
    "receiver missing": post(422, "receiver", {"action_type": "greeted"}),
    "action_type missing": post(422, "action_type", {"receiver": "ada"}),
    "receiver empty": one(422, "receiver", receiver=""),
    "receiver a number": one(422, "receiver", receiver=7),
    "receiver null": one(422, "receiver", receiver=None),
    "receiver of 65 characters": one(422, "receiver", receiver="x" * 65),
    "receiver of 64 Cyrillic letters": one(422, "receiver", receiver="ж" * 64),
    "action_type of 19 Cyrillic letters": one(422, "action_type", action_type="ж" * 19),
    "actioner empty": one(422, "actioner", actioner=""),
    "actioner of 65 characters": one(422, "actioner", actioner="x" * 65),
    "unknown field": one(422, "reciever", reciever="ada"),
    "a field of the answer": one(422, "is_seen", is_seen=True),
    "time malformed": one(422, "fired_at", fired_at="yesterday"),
    "time a number": one(422, "fired_at", fired_at=1_700_000_000),
    "time without an offset": one(422, "fired_at", fired_at="2030-01-31T12:00:00"),
    "no such day": one(422, "fired_at", fired_at="2030-02-30T12:00:00Z"),
    "time past the year 9999 in UTC": one(422, "fired_at", fired_at="9999-12-31T23:59:59-02:00"),
    "time before the year 1 in UTC": one(422, "fired_at", fired_at="0001-01-01T00:00:00+02:00"),
    "empty array": post(422, "body", []),
    "one bad element": post(422, "[1].receiver", [GOOD, GOOD | {"receiver": 3}, GOOD]),
    "one element that breaks a rule": post(
        422, "[2].receiver", [GOOD, GOOD, GOOD | {"receiver": "\0"}]
    ),
    "the only element breaks a rule": post(422, "[0].receiver", [GOOD | {"receiver": "\0"}]),
    "one element incomplete": post(422, "[0].receiver", [{"action_type": "greeted"}]),
    "one element with an unknown field": post(422, "[1].extra", [GOOD, GOOD | {"extra": 1}]),
    "an array in an array": post(422, "[0]", [[GOOD]]),
    "Idempotency-Key with a space": one(400, "Idempotency-Key")._replace(
        headers=(("Idempotency-Key", "a b"),)
    ),
    "Idempotency-Key too long": one(400, "Idempotency-Key")._replace(
        headers=(("Idempotency-Key", "k" * 256),)
    ),
    "Idempotency-Key empty": one(400, "Idempotency-Key")._replace(
        headers=(("Idempotency-Key", ""),)
    ),
    "no media type": one(415, "Content-Type")._replace(media_type=None),
    "text/plain": one(415, "Content-Type")._replace(media_type="text/plain"),
    "a form": Case(
        415,
        "Content-Type",
        body=b"receiver=ada&action_type=greeted",
        media_type="application/x-www-form-urlencoded",
    ),
    "page 0": query("page", "page=0"),
    "page -1": query("page", "page=-1"),
    "page not a number": query("page", "page=two"),
    "page empty": query("page", "page="),
    "page of 5,000 digits": query("page", "page=" + "9" * 5000),
    "page 0 with a cursor": query("page", "page=0&cursor="),
    "page too far": query("page", "page=10001&size=1"),
    "size 0": query("size", "size=0"),
    "size 10^9": query("size", "size=1000000000"),
    "size a fraction": query("size", "size=1.5"),
    "is_seen not a boolean": query("is_seen", "is_seen=maybe"),
    "since malformed": query("since", "since=yesterday"),
    "since a number": query("since", "since=1700000000"),
    "since without an offset": query("since", "since=2030-01-31T12:00:00"),
    "since before the year 1 in UTC": query("since", "since=0001-01-01T00:00:00%2B14:00"),
    "until past the year 9999 in UTC": query("until", "until=9999-12-31T23:59:59-01:00"),
    "a report until before the year 1": query(
        "until", "until=0001-01-01T00:00:00%2B14:00", "/reports/notifications"
    ),
    "until null": query("until", "until=null"),
    "cursor malformed": query("cursor", "cursor=zz"),
    "cursor of another kind": query("cursor", "cursor=6c84fb90-12c4-11e1-840d-7b25c5ee775a"),
    "unknown parameter": query("recever", "recever=ada"),
    "parameter twice": query("page", "page=1&page=2"),
    "NUL in a parameter": query("receiver", "receiver=a%00b"),
    "parameter not UTF-8": query("query", "receiver=%ff"),
    "parameter a lone surrogate": query("query", "receiver=%ed%a0%80"),
    "100 parameters": query("query", "&".join(f"p{n}=1" for n in range(100))),
    "bucket malformed": query("bucket", "bucket=often", path="/reports/notifications"),
    "too many buckets": query(
        "bucket", "bucket=1s&since=2020-01-01T00:00:00Z", "/reports/notifications"
    ),
    "by an unknown label": query("by", "by=weather", path="/reports/notifications"),
    "since after until": query(
        "since", "since=2030-01-02T00:00:00Z&until=2030-01-01T00:00:00Z", "/reports/notifications"
    ),
    "stream with an unknown filter": query("recever", "recever=ada", path="/stream"),
    "id no UUID": Case(404, None, method="GET", path="/notifications/7"),
    "id of another kind": Case(
        404, None, "GET", "/notifications/6c84fb90-12c4-11e1-840d-7b25c5ee775a"
    ),
    "id of nothing": Case(404, None, method="GET", path=f"/notifications/{UNKNOWN_ID}"),
    "PATCH of nothing": patch(422, "is_seen", {})._replace(
        body=b'{"is_seen":true}', status=404, field=None
    ),
    "PATCH without a field": patch(422, "is_seen", {}),
    "PATCH with a string": patch(422, "is_seen", {"is_seen": "true"}),
    "PATCH of another field": patch(422, "receiver", {"is_seen": True, "receiver": "bob"}),
    "unknown route": Case(404, None, method="GET", path="/nothing"),
    "wrong method": Case(405, None, method="DELETE", path="/notifications"),
    "wrong method of a stream": Case(405, None, method="PUT", path="/stream"),
}


async def test_is_refused(service: Service, subtests: pytest.Subtests) -> None:
    for name, case in CASES.items():
        with subtests.test(name):
            headers = dict(case.headers)
            if case.media_type is not None:
                headers["Content-Type"] = case.media_type

            answer = await service.http.request(
                case.method, case.path, content=case.body, headers=headers
            )

            assert_problem(answer, case.status, case.field)
            await assert_nothing_stored(service)
    await assert_alive(service)


async def test_body_over_the_limit(service: Service) -> None:
    body = msgspec.json.encode(GOOD | {"action_data": {"a": "x" * 1024 * 1024}})

    answer = await service.http.post("/notifications", content=body, headers={"Content-Type": JSON})

    assert_problem(answer, 413, "body")
    await assert_nothing_stored_and_alive(service)


async def test_body_over_the_limit_without_a_length(service: Service) -> None:
    async def chunks() -> Any:
        yield b'{"receiver":"'
        for _ in range(1025):
            yield b"x" * 1024

    answer = await service.http.post(
        "/notifications", content=chunks(), headers={"Content-Type": JSON}
    )

    assert_problem(answer, 413, "body")
    await assert_nothing_stored_and_alive(service)


async def test_array_over_the_limit(service: Service) -> None:
    answer = await service.http.post("/notifications", json=[GOOD] * 1001)

    assert_problem(answer, 413, None)
    await assert_nothing_stored_and_alive(service)


def assert_problem(answer: httpx.Response, status: int, field: str | None) -> None:
    document = answer.json()
    assert (answer.status_code, document["status"]) == (status, status), document
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document["title"]
    assert document["detail"]
    assert [error["field"] for error in document.get("errors", [])] == ([field] if field else [])
    assert "Traceback" not in answer.text


async def assert_nothing_stored_and_alive(service: Service) -> None:
    await assert_nothing_stored(service)
    await assert_alive(service)


async def assert_nothing_stored(service: Service) -> None:
    listed = await service.http.get("/notifications")
    assert listed.json()["total"] == 0


async def assert_alive(service: Service) -> None:
    await service.send(**GOOD)
    assert len(await service.stored()) == 1
