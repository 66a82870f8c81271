"""The notification's service: decode, ask the bus, encode."""

from collections.abc import AsyncGenerator, AsyncIterator
from functools import partial

from app.application.notification.messages import GetNotification, MarkSeen, Register
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.mapping import (
    from_counts,
    from_list,
    from_notification,
    to_identity,
    to_list,
    to_new,
    to_report,
    to_response,
    to_subscribe,
)
from app.interfaces.grpc.notification.registering import Registering, register
from chassis.application.bus import Bus
from chassis.application.commands.items import check_some
from chassis.domain.errors import Invalid
from chassis.interfaces.grpc.idempotency import idempotency_key
from chassis.interfaces.grpc.observe import Context
from chassis.interfaces.grpc.service import GrpcService
from chassis.interfaces.grpc.stream import follow


class NotificationService:
    """Its methods are named as the proto file names them."""

    def __init__(self, bus: Bus, max_batch: int) -> None:
        self._bus = bus
        self._max_batch = max_batch

    async def Register(self, asked: pb.RegisterRequest, _: Context) -> pb.RegisterResponse:
        """Accept notifications, all or none of them."""
        check_some("notifications", asked.notifications, "notification")
        message = Register(to_new(asked.notifications), idempotency_key())
        return pb.RegisterResponse(ids=await register(self._bus, message))

    async def RegisterMany(
        self, asked: AsyncIterator[pb.RegisterManyRequest], _: Context
    ) -> pb.RegisterManyResponse:
        """Accept notifications as they come."""
        registering = Registering(self._bus, idempotency_key(), self._max_batch)
        return pb.RegisterManyResponse(ids=await registering.register(asked))

    async def List(self, asked: pb.ListRequest, _: Context) -> pb.ListResponse:
        """List notifications, newest first."""
        return from_list(await self._bus.handle(to_list(asked)))

    async def Get(self, asked: pb.GetRequest, _: Context) -> pb.GetResponse:
        """Return one notification."""
        found = await self._bus.handle(GetNotification(to_identity(asked.id)))
        return pb.GetResponse(notification=from_notification(found))

    async def MarkSeen(self, asked: pb.MarkSeenRequest, _: Context) -> pb.MarkSeenResponse:
        """Set the seen state and return the notification."""
        if not asked.HasField("is_seen"):
            raise Invalid("is_seen", "is missing")
        marked = await self._bus.handle(MarkSeen(to_identity(asked.id), asked.is_seen))
        return pb.MarkSeenResponse(notification=from_notification(marked))

    async def Report(self, asked: pb.ReportRequest, _: Context) -> pb.ReportResponse:
        """Count notifications."""
        return from_counts(await self._bus.handle(to_report(asked)))

    def Subscribe(
        self, asked: pb.SubscribeRequest, _: Context
    ) -> AsyncGenerator[pb.SubscribeResponse]:
        """Follow notifications as they arrive."""
        return follow(partial(self._bus.handle, to_subscribe(asked)), to_response)


services = [
    GrpcService(
        pb.DESCRIPTOR.services_by_name["NotificationService"],
        NotificationService,
        large=frozenset({"List", "Get", "MarkSeen", "Report"}),
    )
]
