"""Every byte sequence as a message: a request, or a refusal that fits into a status."""

from collections.abc import Callable
from typing import Any, cast

import pytest
from google.protobuf.message import Message
from grpc import StatusCode
from grpc.aio import EOF
from hypothesis import given
from hypothesis import strategies as st

from app.application.notification.messages import GetNotification, ListNotifications, Report
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification import mapping
from app.interfaces.grpc.notification.service import services
from chassis.application.bus import Bus
from chassis.application.errors import NotFound
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.errors import code_of, to_status
from chassis.interfaces.grpc.messages import read_one
from chassis.interfaces.grpc.observe import Context
from chassis.interfaces.grpc.refused import GrpcRefused
from chassis.interfaces.grpc.requests import request_reader
from chassis.interfaces.grpc.shared_timeout import SharedTimeout

type Map = Callable[[Any], Any]

SERVICE: Any = services[0].servicer(Bus({}), 100)

KINDS: tuple[tuple[type[Message], Map], ...] = (
    (pb.RegisterRequest, lambda asked: mapping.to_new(asked.notifications)),
    (pb.ListRequest, request_reader(pb.ListRequest, ListNotifications)),
    (pb.GetRequest, request_reader(pb.GetRequest, GetNotification)),
    (pb.ReportRequest, request_reader(pb.ReportRequest, Report)),
    (pb.SubscribeRequest, lambda asked: SERVICE.Subscribe(asked, None)),
)
# Bytes that look like a field: its number and type, a length or a value, and more.
_fields = st.builds(
    lambda tag, size, rest: bytes([tag, size]) + rest,
    st.integers(0, 127),
    st.integers(0, 255),
    st.binary(max_size=20),
)
_messages = st.binary(max_size=60) | st.lists(_fields, max_size=5).map(b"".join)
_texts = st.text(max_size=10) | st.sampled_from(("{}", '{"a":', "[", "[" * 2000, '"\\ud800"', "1"))
_stamps = st.integers(-(2**63), 2**63 - 1)


class Call:
    """Gives one message."""

    def __init__(self, message: bytes) -> None:
        self._message: Any = message

    async def read(self) -> Any:
        message, self._message = self._message, EOF
        return message


async def refusal(kind: type[Message], map_: Map, message: bytes) -> Exception | None:
    """Return why it is refused, if it is."""
    call = cast("Context", Call(message))
    try:
        map_(await read_one(call, kind.FromString, SharedTimeout(5)))
    except (Invalid, NotFound, GrpcRefused) as error:
        return error
    return None


async def check(kind: type[Message], map_: Map, message: bytes) -> None:
    error = await refusal(kind, map_, message)
    if error is not None:
        assert code_of(error) in (StatusCode.INVALID_ARGUMENT, StatusCode.NOT_FOUND)
        assert to_status(error, "my-service").message


@pytest.mark.parametrize(("kind", "map_"), KINDS)
@given(message=_messages)
async def test_bytes(kind: type[Message], map_: Map, message: bytes) -> None:
    await check(kind, map_, message)


@given(_texts, _texts, _stamps, st.integers(-(2**31), 2**31 - 1))
async def test_fields(text: str, data: str, seconds: int, nanos: int) -> None:
    time = {"seconds": seconds, "nanos": nanos}
    new = pb.NewNotification(receiver=text, actioner=text, action_data=data, fired_at=time)
    for kind, map_, message in (
        (*KINDS[0], pb.RegisterRequest(notifications=[new])),
        (*KINDS[1], pb.ListRequest(receiver=text, cursor=data, since=time, page=nanos)),
        (*KINDS[2], pb.GetRequest(id=text)),
        (*KINDS[3], pb.ReportRequest(action_type=text, bucket=data, until=time)),
        (*KINDS[4], pb.SubscribeRequest(receiver=text, cursor=data)),
    ):
        await check(kind, map_, message.SerializeToString())
