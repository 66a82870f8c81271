"""The grpc server over any bus, and a client that knows nothing but the proto file."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
import grpc.aio
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass
from google.rpc.error_details_pb2 import BadRequest, ErrorInfo, RequestInfo, RetryInfo
from google.rpc.status_pb2 import Status

from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.service import services
from chassis.application.bus import Bus
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Tracing
from chassis.interfaces.grpc.server import GrpcServer
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.tls import Tls

SERVICE = pb.DESCRIPTOR.services_by_name["NotificationService"]
TIMEOUT = 10.0


class Failed(Exception):
    """The end of a call: the status and its details."""

    def __init__(self, error: grpc.aio.AioRpcError) -> None:
        super().__init__(f"{error.code().name}: {error.details()}")
        self.code = error.code()
        self.text = error.details() or ""
        self.metadata = dict(error.trailing_metadata() or ())
        status = Status()
        status.ParseFromString(bytes(self.metadata.get("grpc-status-details-bin", b"")))
        self.status = status

    def detail[Detail: Message](self, kind: type[Detail]) -> Detail:
        """Return the detail of that kind, empty where there is none."""
        detail = kind()
        for packed in self.status.details:
            packed.Unpack(detail)
        return detail

    @property
    def info(self) -> ErrorInfo:
        """The word for the error, with its metadata."""
        return self.detail(ErrorInfo)

    @property
    def fields(self) -> list[tuple[str, str]]:
        """The invalid fields, and the reasons."""
        found = self.detail(BadRequest).field_violations
        return [(violation.field, violation.description) for violation in found]

    @property
    def retry_after(self) -> float:
        """Seconds; 0 where the service does not say."""
        return self.detail(RetryInfo).retry_delay.ToTimedelta().total_seconds()

    @property
    def request_id(self) -> str:
        """Under which the log has it."""
        return self.detail(RequestInfo).request_id


class Client:
    """A channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel

    async def ask(self, name: str, request: Message | bytes | None = None, **more: Any) -> Any:
        """Return the response of a unary method; raises `Failed`."""
        method = SERVICE.methods_by_name[name]
        call = self._method(self.channel.unary_unary, method)
        asked = GetMessageClass(method.input_type)() if request is None else request
        try:
            return await call(asked, **({"timeout": TIMEOUT} | more))
        except grpc.aio.AioRpcError as error:
            raise Failed(error) from None

    async def send(self, messages: Any, **more: Any) -> pb.RegisterManyResponse:
        """Send a stream to RegisterMany; raises `Failed`."""
        call = self._method(self.channel.stream_unary, SERVICE.methods_by_name["RegisterMany"])
        try:
            answer: pb.RegisterManyResponse = await call(messages, **({"timeout": TIMEOUT} | more))
        except grpc.aio.AioRpcError as error:
            raise Failed(error) from None
        return answer

    def follow(self, timeout: float | None = None, **asked: Any) -> Any:
        """Begin a stream; it is read by `await call.read()`."""
        call = self._method(self.channel.unary_stream, SERVICE.methods_by_name["Subscribe"])
        return call(pb.SubscribeRequest(**asked), timeout=timeout)

    def _method(self, kind: Any, method: MethodDescriptor) -> Any:
        return kind(
            f"/{SERVICE.full_name}/{method.name}",
            request_serializer=_encode,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )


def _encode(request: Message | bytes) -> bytes:
    return request if isinstance(request, bytes) else request.SerializeToString()


@asynccontextmanager
async def started(
    bus: Bus,
    tls: Tls | None = None,
    authenticator: Authenticator | None = None,
    tracing: Tracing | None = None,
    request_log: RequestLog | None = None,
    **limits: Any,
) -> AsyncIterator[GrpcServer]:
    """Serve `bus` on a free port."""
    server = GrpcServer(
        services,
        bus,
        "127.0.0.1",
        0,
        Limits(**limits),
        tls,
        domain="my-service",
        max_batch=1000,
        authenticator=authenticator,
        tracing=tracing,
        request_log=request_log,
    )
    await server.start()
    try:
        yield server
    finally:
        await server.stop(5)


@asynccontextmanager
async def connected(port: int, **options: int) -> AsyncIterator[Client]:
    """Connect with a connection of one's own."""
    own = {"grpc.use_local_subchannel_pool": 1} | options
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}", list(own.items())) as channel:
        yield Client(channel)


@asynccontextmanager
async def serve(bus: Bus, **more: Any) -> AsyncIterator[Client]:
    """Serve `bus`, and connect."""
    async with started(bus, **more) as server, connected(server.port) as client:
        yield client
