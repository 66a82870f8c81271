"""The notification's service; registering has a mapping of its own, which is quicker."""

from collections.abc import AsyncIterator

from app.application.notification.mapping import REGISTERED
from app.application.notification.messages import (
    GetNotification,
    ListNotifications,
    MarkSeen,
    Register,
    Report,
)
from app.application.notification.stream import STREAMED
from app.interfaces.grpc.generated.notifications.v1 import notifications_pb2 as pb
from app.interfaces.grpc.notification.mapping import to_new, to_response
from app.interfaces.grpc.notification.registering import Registering, register
from chassis.application.bus import Bus
from chassis.application.commands.items import check_some
from chassis.interfaces.grpc.idempotency import idempotency_key
from chassis.interfaces.grpc.method import asks, service_of, streams
from chassis.interfaces.grpc.observe import Context


class RegisterService:
    """The methods that accept notifications, named as the proto file names them."""

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


services = [
    service_of(
        pb.DESCRIPTOR.services_by_name["NotificationService"],
        {
            "List": asks(ListNotifications, is_large=True),
            "Get": asks(GetNotification, is_large=True),
            "MarkSeen": asks(MarkSeen, is_large=True),
            "Report": asks(Report, is_large=True),
            "Subscribe": streams({REGISTERED: STREAMED}, to_response),
        },
        RegisterService,
    )
]
