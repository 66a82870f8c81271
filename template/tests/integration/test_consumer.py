"""The consumer stores what others announce, once, and keeps what it cannot handle."""

from uuid import uuid4

from app.application.notification.mapping import REGISTERED
from chassis.application.ports.outbox import Envelope
from tests.harness import Service


async def test_what_comes_twice_is_stored_once(service: Service) -> None:
    await service.announce(receiver="ada", action_type="greeted")
    [envelope] = service.published()
    await service.deliver(envelope)
    assert len(service.published()) == 2
    assert len(await service.stored()) == 1


async def test_what_cannot_be_handled_is_dead_lettered_with_its_reason(service: Service) -> None:
    await service.announce(receiver="ada", action_type="greeted")
    body = service.published()[0].body
    for poison in (
        b"{",
        body.replace(REGISTERED.encode(), b"notification.registered.v99"),
        body.replace(b'"greeted"', b'""'),
    ):
        await service.deliver(Envelope(uuid4(), "notification.greeted.ada", poison))
    reasons = [letter.reason.partition(":")[0] for letter in await service.failed()]
    assert reasons == ["undecodable", "unknown type", "refused"]
    assert (await service.failed())[0].body == b"{"
    assert len(await service.stored()) == 1
