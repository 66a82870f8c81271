"""Senders and readers that take their time, at each stage of a session."""

import asyncio

import pytest

from tests.chassis.attacks.talk import JSON_RPC, LINES, authentication, kind_of, request, talking
from tests.chassis.attacks.target import Target

STAGES = {
    "in front of the token": b"",
    "in the token": authentication()[:60],
    "in the first byte": b"{",
    "in white space": b" " * 10,
}


@pytest.mark.attack("slow sender")
@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("surface", LINES)
async def test_a_session_that_never_begins(target: Target, surface: str, stage: str) -> None:
    """It is closed after the time for a handshake, which is two seconds here, with a reason."""
    async with asyncio.timeout(15), talking(target, surface, known=False) as asking:
        await asking.raw(STAGES[stage])
        answers = await asking.rest()
        # A stream of QUIC without a byte is none: its connection just ends.
        is_there = surface == "tcp" or STAGES[stage]
        assert [kind_of(each)[1] for each in answers] == (["unauthorized"] if is_there else [])


@pytest.mark.attack("slow sender")
@pytest.mark.parametrize("surface", JSON_RPC)
async def test_nothing_between_messages(target: Target, surface: str) -> None:
    """An idle session is closed, without an error."""
    async with asyncio.timeout(20), talking(target, surface) as asking:
        assert "result" in await asking.ask("notifications.list")
        assert await asking.rest() == []


@pytest.mark.attack("slow reader")
@pytest.mark.parametrize("surface", LINES)
async def test_a_batch_that_nobody_reads(target: Target, surface: str) -> None:
    """Its answers do not stay in memory once the caller has left."""
    batch = b"[%b]" % b",".join(request("rpc.discover", number) for number in range(100))
    async with talking(target, surface) as asking:
        for _ in range(10):
            try:
                async with asyncio.timeout(2):
                    await asking.send(batch)
            except TimeoutError:
                break
        await asyncio.sleep(3)
