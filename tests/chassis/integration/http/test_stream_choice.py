"""The events of a subscriber: by type, by subject, and by an aggregate's own filters."""

import asyncio
import json

import pytest
from msgspec import Raw
from msgspec.structs import replace

from app.application.notification.mapping import REGISTERED, to_event
from tests.chassis.integration.http.test_stream import HELLO, events, frame, socket
from tests.harness import Service
from tests.unit.support import make_notification


@pytest.mark.parametrize(
    "query",
    (
        f"type={REGISTERED}&subject=bob",
        f"type={REGISTERED},{REGISTERED}&receiver=bob",
        "subject=bob&receiver=bob",
        "type=&subject=bob",
    ),
)
async def test_what_is_not_chosen_does_not_come(service: Service, query: str) -> None:
    async with events(service, query) as stream, socket(service, query) as connection:
        await stream.next()
        await frame(connection)
        await service.announce(**HELLO)
        identity = await service.announce(receiver="bob", action_type="greeted")

        event = await stream.next()
        told = await frame(connection)

    assert (event["event"], json.loads(event["data"])["id"]) == ("notification", str(identity))
    assert (told["event"], told["data"]["id"]) == ("notification", str(identity))


@pytest.mark.parametrize(
    ("query", "field", "message"),
    (
        ("type=invoice.sent.v1", "type", f"is not streamed: choose from {REGISTERED}"),
        ("subject=ada&receiver=bob", "receiver", "differs from the subject"),
        ("kind=x", "kind", ""),
    ),
)
async def test_a_choice_that_leaves_nothing_is_refused(
    service: Service, query: str, field: str, message: str
) -> None:
    answer = await service.http.get(f"/stream?{query}")

    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["field"] == field
    assert message in error["message"]


async def test_what_was_announced_is_streamed_as_it_is_on_one_line(service: Service) -> None:
    event = to_event(make_notification())
    lines = bytes(event.data).replace(b",", b"\r\n,\n")
    theirs = lines.replace(b'"action_data":{}', b'"action_data": {"n": 1.50}, "theirs": 1e2')
    async with events(service) as stream, socket(service) as connection:
        await stream.next()
        await frame(connection)
        await service.deliver(service.system.core.codec().encode(replace(event, data=Raw(theirs))))
        block = await stream.next()
        told = await asyncio.wait_for(connection.recv(), 5)

    expected = theirs.replace(b"\r", b" ").replace(b"\n", b" ").decode()
    assert '"n": 1.50}, "theirs": 1e2' in expected
    assert block["data"] == expected
    assert f'"data":{expected}}}' in told
