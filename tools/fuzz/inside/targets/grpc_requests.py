"""Requests over gRPC: any bytes, as any method's message, get an answer or a status of ours."""

import base64
import json
from typing import Any, cast
from urllib.parse import quote

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.service import services
from chassis.application.context import CURRENT, new_context
from chassis.interfaces.grpc.errors import code_of, metadata_of, to_status
from chassis.interfaces.grpc.idempotency import KEY
from chassis.interfaces.grpc.messages import read, read_one
from chassis.interfaces.grpc.observe import METADATA, Context
from chassis.interfaces.grpc.shared_timeout import SharedTimeout
from chassis.interfaces.serving.limits import Limits
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from grpc import StatusCode
from grpc.aio import EOF

from tools.fuzz.inside.endpoints import USE_CASES
from tools.fuzz.inside.leaks import check_leaks
from tools.fuzz.inside.loop import run, turns
from tools.fuzz.inside.use_cases import MAX_BATCH, STORED

# The size of metadata that clients accept by default, minus the other metadata.
MOST_METADATA = 8192 - 512
_METHODS = list(pb.DESCRIPTOR.services_by_name["NotificationService"].methods)
_PATIENCE = SharedTimeout(5)
_service = services[0].servicer(USE_CASES.bus, MAX_BATCH)

_ID = str(STORED)
_ONE = pb.NewNotification(
    receiver="ada",
    action_type="greeted",
    action_data=json.dumps({"text": "hi", "list": [1, 2.5, None, True], "deeper": {"a": {}}}),
    actioner="bob",
    fired_at={"seconds": 1_893_456_000, "nanos": 1_000_000},
)
_GOOD: dict[str, Message] = {
    "Register": pb.RegisterRequest(notifications=[_ONE, _ONE]),
    "RegisterMany": pb.RegisterManyRequest(notifications=[_ONE]),
    "List": pb.ListRequest(receiver="ada", is_seen=False, page=1, size=2, since={"seconds": 1}),
    "Get": pb.GetRequest(id=_ID),
    "MarkSeen": pb.MarkSeenRequest(id=_ID, is_seen=True),
    "Report": pb.ReportRequest(by=pb.REPORT_BY_RECEIVER, bucket="15m", until={"nanos": 1}),
    "Subscribe": pb.SubscribeRequest(receiver="ada", cursor="1"),
}

SEEDS = [
    bytes([number, 1]) + b"k" + _GOOD[method.name].SerializeToString()
    for number, method in enumerate(_METHODS)
]
WORDS = [
    *(b"\x0a\x12", b"\x12\x0d", b"\x32\x0d\x08", b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    *(b"\\u0000", b"\\ud800", b"\xf0\x9f\x98\x80", b"[" * 64, b'{"a":' * 16, b"1e400", b"9" * 400),
    *(b'{"', b'":', b"null", _ID.encode(), b"15m", b"99999d"),
]


class Call:
    """Gives what was sent."""

    def __init__(self, *messages: bytes) -> None:
        self._messages = iter(messages)

    async def read(self) -> Any:
        """Return the next message."""
        return next(self._messages, EOF)


def check(data: bytes) -> None:
    """The method, how long its key is, that key, and the message."""
    if len(data) > 1:
        key, message = data[2 : 2 + data[1] % 8], data[2 + data[1] % 8 :]
        run(_ask(data[0] % len(_METHODS), key.decode("latin-1"), message))


async def _ask(number: int, key: str, message: bytes) -> None:
    USE_CASES.forget()
    CURRENT.set(new_context())
    METADATA.set(((KEY, key),) if key else ())
    method = _METHODS[number]
    call = cast("Context", Call(message, message))
    decode = GetMessageClass(method.input_type).FromString
    try:
        handle = getattr(_service, method.name)
        if method.client_streaming:
            answer = await handle(read(call, decode, Limits()), call)
        elif method.server_streaming:
            answers = handle(await read_one(call, decode, _PATIENCE), call)
            answer = await anext(answers)
            await answers.aclose()
        else:
            answer = await handle(await read_one(call, decode, _PATIENCE), call)
    except Exception as error:
        _check(error, message)
    else:
        assert answer.DESCRIPTOR is method.output_type
        assert answer.ByteSize() == len(answer.SerializeToString())
    await turns()
    assert not any(items.is_open for items in USE_CASES.streams), "a stream stays open"


def _check(error: Exception, asked: bytes) -> None:
    if code_of(error) is StatusCode.INTERNAL:
        raise error
    status = to_status(error, "my-service")
    _, details = metadata_of(status)
    # As they are sent: https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md
    size = len(base64.b64encode(details)) + len(quote(status.message, safe=" "))
    assert size <= MOST_METADATA, f"{size} bytes of metadata"
    check_leaks(status.message.encode(), asked)
