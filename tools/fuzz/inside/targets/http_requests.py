"""Requests over http, of any method, path, query, header and body: each has an answer of ours."""

import json
from http import HTTPStatus
from typing import Any

from chassis.bootstrap import discovery
from chassis.interfaces.http.app import create_http
from chassis.interfaces.serving.problem import MEDIA_TYPE
from chassis.interfaces.serving.problem_of import STATUSES

from tools.fuzz.inside.endpoints import USE_CASES, OneToken
from tools.fuzz.inside.leaks import check_leaks
from tools.fuzz.inside.loop import run, turns
from tools.fuzz.inside.use_cases import STORED

MAX_BODY = 4096
_ROUTES = list(discovery.exported("http", "routes", "routes"))
_OPEN, _CLOSED = (
    create_http(bus, _ROUTES, title="A", version="1", max_body=MAX_BODY, authenticator=each)
    for bus, each in ((USE_CASES.bus, None), (USE_CASES.guarded, OneToken()))
)
_ID = str(STORED).encode()
_ONE = b'{"receiver":"ada","action_type":"greeted"}'
_JSON = b"content-type: application/json"
_METHODS = {"GET", "POST", "PATCH", "HEAD", "OPTIONS"}
_KNOWN = {202, 200, 204, 400, 404, 405, 415} | {status for status, _ in STATUSES.values()}

SEEDS = [
    b"\x00POST /notifications\n%b\nidempotency-key: k\n\n%b" % (_JSON, _ONE),
    b"\x00POST /notifications\n%b\nx-request-id: r\n\n[%b,%b]" % (_JSON, _ONE, _ONE),
    b"\x00GET /notifications?receiver=ada&is_seen=false&page=1&size=2\n\n",
    b"\x00GET /notifications?since=2030-01-31T12:00:00%2B02:00&cursor=\n\n",
    b"\x00GET /notifications/%b\n\n" % _ID,
    b'\x00PATCH /notifications/%b\n%b\n\n{"is_seen":true}' % (_ID, _JSON),
    b"\x00GET /reports/notifications?bucket=15m&by=receiver&until=2030-01-31T12:00:00Z\n\n",
    b"\x00GET /stream?receiver=ada&action_type=greeted&last_event_id=1\nlast-event-id: 2\n\n",
    b"\x00OPTIONS /notifications\norigin: https://a.example\n\n",
    b"\x01GET /notifications?receiver=ada\nauthorization: Bearer good\n\n",
    b"\x01GET /notifications\ncookie: a=b; access_token=good\n\n",
    b"\x03POST /notifications\n%b\ncontent-length: 9\n\n%b" % (_JSON, _ONE * 5),
]
WORDS = [
    *(b"receiver=", b"action_type=", b"is_seen=", b"since=", b"until=", b"page=", b"size="),
    *(b"cursor=", b"bucket=", b"by=", b"last_event_id=", b"&", b"%00", b"%ff", b"+", b"%2B"),
    *(b'"receiver":', b'"action_type":', b'"action_data":{', b'"actioner":', b'"fired_at":'),
    *(_JSON, b"authorization: Bearer ", b"content-length: ", b"idempotency-key: ", b"cookie: "),
    *(b"2030-01-31T12:00:00Z", b"/notifications/", b"/reports/", b"/stream", b"/schema", _ID),
    *(b"\\u0000", b"\\ud800", b"\xff", b"[" * 64, b'{"a":' * 16, b"1e400", b"9" * 400, b"null"),
]
# Bits of the first byte.
ASKS_FOR_TOKENS, LEAVES, IS_CUT = 1, 2, 4


def check(data: bytes) -> None:
    """The first byte tells what happens; after it comes a request as http/1.1 would have it."""
    if data:
        head, _, body = data[1:].partition(b"\n\n")
        line, *headers = head.split(b"\n")
        run(_ask(data[0], line, [each for each in headers if b":" in each], body))


async def _ask(happens: int, line: bytes, headers: list[bytes], body: bytes) -> None:
    USE_CASES.forget()
    parts = [body[:100], body[100:]] if happens & IS_CUT else [body]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if parts:
            return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}
        # A streaming answer needs to learn that the client leaves.
        await turns()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    if happens & LEAVES:
        parts.pop()
    app = _CLOSED if happens & ASKS_FOR_TOKENS else _OPEN
    await app(_scope(line, headers), receive, send)  # type: ignore[arg-type]
    await turns()
    assert not any(items.is_open for items in USE_CASES.streams), "a stream stays open"
    if sent or not happens & LEAVES:
        _check(sent, b"\n".join((line, *headers, body)))


def _scope(line: bytes, headers: list[bytes]) -> dict[str, Any]:
    method, _, target = line.decode("latin-1").partition(" ")
    path, _, query = target.partition("?")
    pairs = (each.partition(b":") for each in headers)
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        # The server refuses all other lines.
        "method": method if method in _METHODS else "GET",
        "scheme": "http",
        "path": path if path.startswith("/") else f"/{path}",
        "raw_path": path.encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [(name.strip().lower(), value.strip()) for name, _, value in pairs],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "state": {},
    }


def _check(sent: list[dict[str, Any]], asked: bytes) -> None:
    start, *rest = sent
    status, headers = start["status"], dict(start["headers"])
    assert status in _KNOWN or status < HTTPStatus.BAD_REQUEST, (status, rest)
    assert headers[b"x-request-id"], headers
    assert not any(b"\n" in value or b"\r" in value for value in headers.values()), headers
    answer = b"".join(each.get("body", b"") for each in rest)
    if status >= HTTPStatus.BAD_REQUEST and answer:
        assert headers[b"content-type"] == MEDIA_TYPE.encode(), headers
        problem = json.loads(answer)
        assert problem["status"] == status, problem
        assert problem["detail"], problem
        assert problem["request_id"] == headers[b"x-request-id"].decode(), problem
        check_leaks(answer, asked)
