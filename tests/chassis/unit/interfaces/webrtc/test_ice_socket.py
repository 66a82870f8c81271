"""The shared socket: whose datagram it is, and how much an unknown address gets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aioice import stun
from aioice.ice import CandidatePair
from aioice.stun import Class, Message, Method

from chassis.interfaces.webrtc.ice_socket import AT_ONCE, IceSocket
from chassis.interfaces.webrtc.upstream.agent import QUEUE, Agent
from chassis.interfaces.webrtc.upstream.port import AMPLIFICATION

LATER = 0.3
WAITING = 10
DATA = b"\x16" + bytes(50)


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[IceSocket, Agent, socket.socket]]:
    """Serve one peer, and give a socket that sends to it."""
    shared = IceSocket()
    bound = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    bound.bind(("127.0.0.1", 0))
    address = bound.getsockname()
    shared.open(bound)
    agent = Agent(shared, [address], {}, credit=1000)
    agent.remote_username, agent.remote_password = "them", "p" * 22
    shared.add(agent)
    await agent.gather_candidates()
    connecting = asyncio.create_task(agent.connect())
    await asyncio.sleep(0)
    other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    other.setblocking(False)
    other.connect(address)
    try:
        yield shared, agent, other
    finally:
        other.close()
        await agent.close()
        await asyncio.gather(connecting, return_exceptions=True)
        shared.close()


def check(agent: Agent, password: str | None = None, name: str | None = None) -> bytes:
    """Return a check as a peer sends it."""
    request = Message(message_method=Method.BINDING, message_class=Class.REQUEST)
    request.attributes["USERNAME"] = f"{name or agent.local_username}:them"
    request.attributes["PRIORITY"] = 1
    request.attributes["ICE-CONTROLLING"] = 1
    request.add_message_integrity((password or agent.local_password).encode())
    return bytes(request)


async def answers(other: socket.socket) -> list[bytes]:
    """Return what comes within some time."""
    await asyncio.sleep(LATER)
    found = []
    while True:
        try:
            found.append(other.recv(2048))
        except BlockingIOError:
            return found


@pytest.mark.parametrize(
    "datagram",
    (
        b"",
        b"\0",
        b"\xff" * 1200,
        b"\x16\xfe\xfd" + bytes(100),
        b"\0\1\0\0\x21\x12\xa4\x42" + bytes(12),
        b"\0\1\0\4\x21\x12\xa4\x42" + bytes(12) + b"\0\6\xff\xff",
        b"\1\1\0\0\x21\x12\xa4\x42" + bytes(12),
    ),
)
async def test_garbage_is_not_answered_and_not_kept(datagram: bytes) -> None:
    async with listening() as (_, agent, other):
        for _ in range(2000):
            other.send(datagram)
        found = await answers(other)

        assert found == []
        assert agent._queue.qsize() == 0


async def test_a_check_for_nobody_is_not_answered() -> None:
    async with listening() as (_, agent, other):
        other.send(check(agent, name="nobody"))

        assert await answers(other) == []


@pytest.mark.parametrize("password", (None, "wrong" * 5))
async def test_an_address_that_does_not_answer_gets_little(
    password: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    # aioice alone would send its own check seven times.
    monkeypatch.setattr(stun, "RETRY_RTO", 0.001)
    async with listening() as (_, agent, other):
        sent = check(agent, password)
        other.send(sent)
        found = await answers(other)

        assert found
        assert sum(map(len, found)) <= AMPLIFICATION * len(sent)


async def test_a_malformed_check_ends_nothing() -> None:
    async with listening() as (_, agent, other):
        good = check(agent)
        for length in range(20, len(good)):
            other.send(good[:2] + (length - 20).to_bytes(2) + good[4:length])
        await answers(other)
        other.send(good)

        assert await answers(other)


async def test_data_waits_only_up_to_a_bound() -> None:
    async with listening() as (shared, agent, other):
        shared.learn(agent, other.getsockname())
        for _ in range(QUEUE + 500):
            other.send(DATA)
            # It is read before the system's buffer is full.
            await asyncio.sleep(0)

        assert agent._queue.qsize() == QUEUE


async def test_a_peer_does_not_wait_for_what_others_have_sent_before() -> None:
    async with listening() as (shared, agent, other):
        shared.learn(agent, other.getsockname())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
            stranger.connect(other.getpeername())
            for _ in range(AT_ONCE - 1):
                stranger.send(DATA)
            other.send(DATA)
            for _ in range(3):
                await asyncio.sleep(0)

        assert agent._queue.qsize() == 1


async def test_others_have_turns_while_a_peer_has_data() -> None:
    async with listening() as (_, agent, _other):
        assert agent._port is not None
        # As if a check had succeeded.
        agent._nominated[1] = CandidatePair(agent._port.protocol, agent.local_candidates[0])
        for _ in range(WAITING):
            agent.data_received(DATA, 1)
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        counting = asyncio.create_task(count())
        for _ in range(WAITING):
            assert await agent.recvfrom() == (DATA, 1)
        counting.cancel()

        assert turns >= WAITING - 1
        agent._nominated.clear()


async def test_an_agent_that_has_ended_is_forgotten() -> None:
    async with listening() as (shared, agent, other):
        shared.learn(agent, other.getsockname())
        other.send(check(agent))
        await answers(other)
        await agent.close()

        assert not shared._by_name
        assert not shared._by_address
        assert not shared._by_transaction
