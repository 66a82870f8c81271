"""A valid exchange over JSON-RPC that is cut at every offset, and callers that are gone."""

import asyncio
import json
from uuid import uuid4

import pytest

from tests.chassis.attacks.talk import (
    JSON_RPC,
    LINES,
    authentication,
    kind_of,
    request,
    sessions,
    talking,
)
from tests.chassis.attacks.target import Target
from tests.chassis.conformance.support import new

on_all = pytest.mark.parametrize("surface", JSON_RPC)
on_lines = pytest.mark.parametrize("surface", LINES)


@pytest.mark.attack("bytes cut at every offset")
@on_lines
async def test_each_beginning_and_then_the_end(target: Target, surface: str) -> None:
    """Only the whole request is done, also without its newline, and the rest gets an error."""
    receiver = f"cut-{uuid4()}"
    first = authentication() + b"\n"
    whole = first + request("notifications.register", notifications=[new(receiver)]) + b"\n"
    done = 0
    async with sessions(target, surface) as opening:
        for offset in range(len(first), len(whole) + 1):
            asking = await opening()
            await asking.raw(whole[:offset])
            await asking.end()
            shown, *answers = await asking.rest()
            assert "result" in shown
            if offset == len(first):
                assert answers == []
            elif offset < len(whole) - 1:
                assert [kind_of(each) for each in answers] == [(-32700, "malformed")], offset
            else:
                assert len(answers[0]["result"]["ids"]) == 1
                done += 1
    assert await _count(target, surface, receiver) == done == 2


@pytest.mark.attack("bytes cut at every offset")
@on_lines
async def test_each_beginning_of_a_token(target: Target, surface: str) -> None:
    """A part of a token authenticates no caller."""
    shown = authentication()
    async with sessions(target, surface) as opening:
        for offset in range(1, len(shown), 7):
            asking = await opening()
            await asking.raw(shown[:offset])
            await asking.end()
            assert [kind_of(each) for each in await asking.rest()] == [(-32700, "malformed")]


@pytest.mark.attack("bytes cut at every offset", "webrtc")
async def test_each_beginning_of_a_message(target: Target) -> None:
    receiver = f"cut-{uuid4()}"
    whole = request("notifications.register", notifications=[new(receiver)])
    async with talking(target, "webrtc") as asking:
        for offset in range(1, len(whole)):
            await asking.send(whole[:offset])
            assert kind_of(await asking.next()) == (-32700, "malformed"), offset
    assert await _count(target, "webrtc", receiver) == 0


@pytest.mark.attack("bytes cut at every offset")
@on_lines
async def test_a_request_in_single_bytes(target: Target, surface: str) -> None:
    receiver = f"bytes-{uuid4()}"
    async with talking(target, surface) as asking:
        for byte in request("notifications.register", notifications=[new(receiver)]) + b"\n":
            await asking.raw(bytes([byte]))
        assert len((await asking.next())["result"]["ids"]) == 1


@pytest.mark.attack("reply to a caller that is gone")
@pytest.mark.parametrize("seconds", (0.0, 0.001, 0.005, 0.02))
@on_all
async def test_a_caller_that_leaves_is_done_at_most_once(
    target: Target, surface: str, seconds: float
) -> None:
    """The same key afterwards tells what became of it, whenever the caller left."""
    receiver, key = f"gone-{uuid4()}", str(uuid4())
    params = {"notifications": [new(receiver)], "idempotency_key": key}
    for _ in range(5):
        async with talking(target, surface) as asking:
            await asking.send(request("notifications.register", **params))
            await asyncio.sleep(seconds)
    async with talking(target, surface) as asking:
        [identity] = (await asking.ask("notifications.register", **params))["result"]["ids"]
    assert await _count(target, surface, receiver) == 1
    async with talking(target, surface) as asking:
        found = await asking.ask("notifications.list", receiver=receiver)
        assert [each["id"] for each in found["result"]["items"]] == [identity]


@pytest.mark.attack("reply to a caller that is gone")
@on_all
async def test_what_was_asked_in_front_of_the_end_is_done(target: Target, surface: str) -> None:
    """Notifications that a caller does not wait for are accepted, though it has left."""
    receiver = f"left-{uuid4()}"
    quiet = json.loads(request("notifications.register", notifications=[new(receiver)]))
    del quiet["id"]
    async with talking(target, surface) as asking:
        for _ in range(20):
            await asking.send(json.dumps(quiet).encode())
        # A later answer shows that they have come.
        assert "result" in await asking.ask("notifications.list", receiver=receiver)
    async with asyncio.timeout(10):
        while await _count(target, surface, receiver) < 20:
            await asyncio.sleep(0.05)


@pytest.mark.attack("reply to a caller that is gone")
@on_all
async def test_a_subscriber_that_leaves_at_once(target: Target, surface: str) -> None:
    for _ in range(10):
        async with talking(target, surface) as asking:
            batch = [request("notifications.subscribe", n) for n in range(10)]
            await asking.send(b"[%b]" % b",".join(batch))


async def _count(target: Target, surface: str, receiver: str) -> int:
    async with talking(target, surface) as asking:
        told = await asking.ask("notifications.list", receiver=receiver)
        return int(told["result"]["total"])
