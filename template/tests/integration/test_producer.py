"""The producer publishes what it accepts."""

import msgspec

from app.application.notification.mapping import REGISTERED
from tests.harness import Service


async def test_what_is_sent_is_published(service: Service) -> None:
    identity = await service.send(receiver="ada", action_type="greeted.twice")
    await service.quiet()
    [envelope] = service.published()
    event = msgspec.json.decode(envelope.body)
    assert envelope.routing_key == "notification.greeted%2Etwice.ada"
    assert event["specversion"] == "1.0"
    assert event["type"] == REGISTERED
    assert event["id"] == event["data"]["id"] == identity
    assert event["subject"] == "ada"
    assert event["traceparent"].startswith("00-")
    assert [str(stored.id) for stored in await service.stored()] == [identity]
