"""JSON-RPC as clients speak it well: what inputs are made of."""

import json
from typing import Any

from app.interfaces.jsonrpc.notification.methods import methods
from chassis.interfaces.jsonrpc import builtin
from chassis.interfaces.jsonrpc.stream import event_methods

from tools.fuzz.inside.use_cases import STORED, TABLE

SERVED = (*methods, *event_methods(TABLE))
METHODS = {method.name: method for method in (*builtin.methods, *SERVED)}

_ID = str(STORED)
_ONE = {"receiver": "ada", "action_type": "greeted"}
_WHOLE = _ONE | {
    "action_data": {"text": "hi", "list": [1, 2.5, None, True]},
    "actioner": "bob",
    "fired_at": "2030-01-31T12:00:00+02:00",
}
_META = {"traceparent": f"00-{'1' * 32}-{'2' * 16}-01", "request_id": "a-1"}
PARAMS: list[tuple[str, dict[str, Any]]] = [
    ("notifications.register", {"notifications": [_WHOLE, _ONE], "idempotency_key": "k"}),
    ("notifications.list", {"receiver": "ada", "page": 2, "size": 10, "_meta": _META}),
    ("notifications.list", {"is_seen": False, "since": "2030-01-31T12:00:00Z", "cursor": ""}),
    ("notifications.get", {"id": _ID}),
    ("notifications.mark_seen", {"id": _ID, "is_seen": True}),
    ("notifications.report", {"bucket": "15m", "by": "receiver", "until": "2030-01-31T12:00:00Z"}),
    ("notifications.subscribe", {"receiver": "ada", "action_type": "greeted", "cursor": "1"}),
    ("notifications.unsubscribe", {"subscription": "1"}),
    ("events.subscribe", {"type": [*TABLE], "subject": "ada", "cursor": "1"}),
    ("events.unsubscribe", {"subscription": "1"}),
    ("session.authenticate", {"token": "good"}),
    ("rpc.discover", {}),
]
REQUESTS = [
    json.dumps({"jsonrpc": "2.0", "id": number, "method": method, "params": params}).encode()
    for number, (method, params) in enumerate(PARAMS)
]
BATCH = b"[%b]" % b",".join(REQUESTS)
NOTIFICATION = json.dumps(
    {"jsonrpc": "2.0", "method": "notifications.register", "params": {"notifications": [_ONE]}}
).encode()

_NAMES = {name for method in METHODS.values() for name in method.params.__struct_encode_fields__}
WORDS = [
    *(b'"%b"' % name.encode() for name in sorted({*METHODS, *_NAMES, *_WHOLE, *_META})),
    *(b'"jsonrpc":"2.0"', b'"id":', b'"method":', b'"params":{', b'"_meta":{', b'"id":null'),
    *(b"\\u0000", b"\\ud800", b"\\\\", b"\xff", b"\xf0\x9f\x98\x80", b"[" * 64, b'{"a":' * 16),
    *(b"1e400", b"-0.0", b"9" * 20, b"9" * 400, b"null", b"true", b"\r\n", b"\n\n"),
]
