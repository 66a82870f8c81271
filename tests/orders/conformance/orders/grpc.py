"""Orders over gRPC."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from app.interfaces.grpc.generated.orders.v1 import orders_pb2 as pb
from tests.chassis.conformance.driver import Item
from tests.chassis.conformance.drivers import grpc as grpc_driver

_SERVICE = pb.DESCRIPTOR.services_by_name["OrderService"]


class Driver(grpc_driver.Driver):
    """Places, ships, lists and follows."""

    async def place(self, customer: str, product: str, key: str | None = None) -> str:
        """Return the id of a new order."""
        more = (("idempotency-key", key),) if key is not None else ()
        asked = pb.PlaceRequest(customer=customer, product=product)
        return str((await self._call("Place", asked, *more)).id)

    async def ship(self, identity: str, customer: str) -> None:
        """Say that it is on its way."""
        await self._call("Ship", pb.ShipRequest(id=identity, customer=customer))

    async def orders(self, customer: str) -> list[dict[str, Any]]:
        """List the newest orders."""
        told = await self._call("List", pb.ListRequest(customer=customer))
        return [
            {
                "id": item.id,
                "customer": item.customer,
                "product": item.product,
                "quantity": item.quantity,
                "shipped_at": _time(item, "shipped_at"),
            }
            for item in told.items
        ]

    @asynccontextmanager
    async def followed(self, **query: str) -> AsyncIterator[AsyncIterator[Item]]:
        """Follow the orders' events."""
        method: Any = self._channel.unary_stream(
            f"/{_SERVICE.full_name}/Subscribe",
            request_serializer=pb.SubscribeRequest.SerializeToString,
            response_deserializer=pb.SubscribeResponse.FromString,
        )
        call = method(pb.SubscribeRequest(**query), metadata=self._metadata)
        try:
            yield _items(call, await grpc_driver._read(call))
        finally:
            call.cancel()

    async def _call(self, name: str, asked: Message, *more: tuple[str, str]) -> Any:
        method = _SERVICE.methods_by_name[name]
        call: Any = self._channel.unary_unary(
            f"/{_SERVICE.full_name}/{name}",
            request_serializer=GetMessageClass(method.input_type).SerializeToString,
            response_deserializer=GetMessageClass(method.output_type).FromString,
        )
        try:
            return await call(asked, timeout=20, metadata=(*self._metadata, *more))
        except grpc.aio.AioRpcError as error:
            raise grpc_driver._failure(error) from None


def _time(message: Any, field: str) -> str | None:
    return getattr(message, field).ToJsonString() if message.HasField(field) else None


async def _items(call: Any, message: Any) -> AsyncIterator[Item]:
    while message is not grpc.aio.EOF:
        data = json.loads(message.data) if message.data else None
        yield Item(event=message.event, cursor=message.cursor, data=data)
        message = await grpc_driver._read(call)
