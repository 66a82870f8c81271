"""Events for a consumer's queue, as another service would have published them."""

import asyncio
import json
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from uuid import UUID

import pika

from benchmarks import watch
from tools.drill import look

# See docs/reference of the service for both: the CloudEvent, and the notification in it.
CONTENT_TYPE = "application/cloudevents+json"
KINDS = ("order_placed", "order_shipped", "payment_received", "comment_added")


async def preload(settings: Mapping[str, str], count: int) -> None:
    """Empty the queue, put `count` events of new notifications in, and wait until all are there."""
    await watch.clear(settings)
    await asyncio.to_thread(_publish, settings["BROKER_URL"], settings["BROKER_QUEUE"], count)
    if not await look.depth_soon(settings["BROKER_URL"], settings["BROKER_QUEUE"], count):
        raise RuntimeError(f"the queue does not hold the {count} events that were put in")


def event(number: int) -> bytes:
    """Return the event of a notification that was registered just now."""
    identity = _uuid7()
    time_of_id = datetime.fromtimestamp((identity.int >> 80) / 1000, UTC).isoformat()
    notification = {
        "receiver": f"user-{number % 9973}",
        "action_type": KINDS[number % len(KINDS)],
        "action_data": {
            "order": number,
            "title": "Your order has changed",
            "items": [number % 31, number % 17],
            "url": f"https://shop.example.com/orders/{number}",
        },
        "actioner": "shop",
        "fired_at": time_of_id,
        "id": str(identity),
        "registered_at": time_of_id,
        "is_seen": False,
    }
    trace, span = secrets.token_hex(16), secrets.token_hex(8)
    envelope = {
        "specversion": "1.0",
        "id": str(identity),
        "source": "/shop",
        "type": "notification.registered.v1",
        "subject": notification["receiver"],
        "time": time_of_id,
        "datacontenttype": "application/json",
        "data": notification,
        "traceparent": f"00-{trace}-{span}-00",
        "requestid": secrets.token_hex(8),
    }
    return json.dumps(envelope, separators=(",", ":")).encode()


def _publish(url: str, queue: str, count: int) -> None:
    with pika.BlockingConnection(pika.URLParameters(url)) as connection:
        channel = connection.channel()
        for number in range(count):
            body = event(number)
            properties = pika.BasicProperties(
                content_type=CONTENT_TYPE,
                message_id=secrets.token_hex(16),
                delivery_mode=pika.DeliveryMode.Persistent,
                timestamp=int(time.time()),
            )
            channel.basic_publish("", queue, body, properties)


def _uuid7() -> UUID:
    """Return a UUIDv7 (RFC 9562, 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    noise = int.from_bytes(secrets.token_bytes(10))
    version_and_variant = (0x7 << 76) | (0b10 << 62)
    cleared = noise & ~((0xF << 76) | (0b11 << 62))
    return UUID(int=(milliseconds << 80) | cleared | version_and_variant)
