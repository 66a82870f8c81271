"""Requests, replies and cancellations as AMQP messages.

A request's deadline is its `expiration`: the milliseconds that it has left. RabbitMQ drops it from
the queue after them, and a worker cancels its handler so long after it got it. So the clocks of
machines need not agree.
"""

from aio_pika import DeliveryMode
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic
from pamqp.common import FieldTable

from chassis.application.ports.rpc import LONGEST, ReceivedCall, RpcRequest
from chassis.infrastructure.rabbitmq.copies import sendable_text
from chassis.infrastructure.rabbitmq.outgoing import Encoded, Outgoing
from chassis.infrastructure.rabbitmq.topology import Topology

CONTENT_TYPE = "application/json"
# Seconds, if a client gives no expiration.
WITHIN = 60.0
# https://www.rabbitmq.com/docs/direct-reply-to
REPLY_TO = "amq.rabbitmq.reply-to"

TRACEPARENT, REQUEST_ID = "traceparent", "request-id"


def request_message(request: RpcRequest, topology: Topology) -> Outgoing:
    """Return the message of a request."""
    headers: FieldTable = {}
    if request.traceparent is not None:
        headers[TRACEPARENT] = request.traceparent
    if request.request_id is not None:
        headers[REQUEST_ID] = request.request_id
    properties = Basic.Properties(
        content_type=CONTENT_TYPE,
        headers=headers or None,
        delivery_mode=DeliveryMode.NOT_PERSISTENT,
        correlation_id=request.id,
        reply_to=REPLY_TO,
        # With 0, RabbitMQ would drop it unless a worker waits.
        expiration=str(max(1, round(1000 * request.within))),
        message_id=request.id,
        message_type=request.job,
    )
    message = Encoded(request.id, properties.marshal(), request.body)
    return Outgoing("", topology.remote_job(request.job), message)


def received_call(tag: int, message: DeliveredMessage) -> ReceivedCall:
    """Return the request in a message, which may be of another client."""
    properties = message.header.properties
    headers = properties.headers or {}
    delivery = message.delivery
    request = RpcRequest(
        id=properties.correlation_id or properties.message_id or f"tag-{tag}",
        job=properties.message_type or "",
        body=message.body,
        within=_seconds(properties.expiration),
        request_id=_text(headers.get(REQUEST_ID)),
        traceparent=_text(headers.get(TRACEPARENT)),
    )
    is_redelivered = bool(getattr(delivery, "redelivered", False))
    return ReceivedCall(tag, request, properties.reply_to or "", is_redelivered)


def reply_message(call: ReceivedCall, body: bytes) -> Outgoing:
    """Return the message of a reply, which the broker drops if its caller has left."""
    # The client's own id may fill the field, so it is no part of this one.
    identity = f"reply-{call.tag}"
    properties = Basic.Properties(
        content_type=CONTENT_TYPE,
        delivery_mode=DeliveryMode.NOT_PERSISTENT,
        correlation_id=sendable_text(call.request.id),
        message_id=identity,
    )
    message = Encoded(identity, properties.marshal(), body)
    return Outgoing("", call.reply_to, message, is_mandatory=False)


def cancel_message(identity: str, topology: Topology) -> Outgoing:
    """Return the message to all workers that the caller of a request has left."""
    properties = Basic.Properties(
        delivery_mode=DeliveryMode.NOT_PERSISTENT,
        correlation_id=identity,
        message_id=f"{identity}-cancel",
    )
    message = Encoded(f"{identity}-cancel", properties.marshal(), b"")
    return Outgoing(topology.cancelling, "", message, is_mandatory=False)


def _seconds(expiration: str | None) -> float:
    if expiration is None or not expiration.isdecimal():
        return WITHIN
    return min(int(expiration) / 1000, LONGEST)


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None
