"""Callers on data channels: `ask_channels webrtc PORT SECONDS PEERS AHEAD`; the last line tells.

Each peer has one channel, with `AHEAD` requests under way, and asks again for each answer.
"""

import asyncio
import json
import sys
from collections import deque
from time import perf_counter

import aioice.ice
import httpx
from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection, RTCSessionDescription
from chassis.bootstrap.loop import loop_factory

from benchmarks.inside.asking import LINE, told

REQUEST = LINE.decode().strip()
# Seconds in which the last answers come.
PATIENCE = 20.0

# aioice leaves out loopback.
aioice.ice.get_host_addresses = lambda use_ipv4, use_ipv6: ["127.0.0.1"]


def new_peer() -> RTCPeerConnection:
    """Return a peer that asks no server for its address."""
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


async def connect(port: int) -> tuple[RTCPeerConnection, RTCDataChannel]:
    """Return a connected peer and its channel."""
    peer = new_peer()
    channel = peer.createDataChannel("jsonrpc")
    opened = asyncio.Event()
    channel.on("open", opened.set)
    await peer.setLocalDescription(await peer.createOffer())
    async with httpx.AsyncClient() as client:
        answer = await client.post(
            f"http://127.0.0.1:{port}/sessions",
            content=peer.localDescription.sdp,
            headers={"content-type": "application/sdp"},
        )
    answer.raise_for_status()
    await peer.setRemoteDescription(RTCSessionDescription(answer.text, "answer"))
    await opened.wait()
    return peer, channel


class Caller:
    """One channel; `done` is set once nothing of it is under way any more."""

    def __init__(self, channel: RTCDataChannel, end: float, ahead: int) -> None:
        self.times: list[float] = []
        self.refused = 0
        self.done = asyncio.Event()
        self._channel = channel
        self._end = end
        self._sent: deque[float] = deque()
        channel.on("message", self._answered)
        for _ in range(ahead):
            self._ask()

    def _answered(self, message: str) -> None:
        now = perf_counter()
        self.times.append(now - self._sent.popleft())
        self.refused += '"error"' in message
        if now < self._end:
            self._ask()
        elif not self._sent:
            self.done.set()

    def _ask(self) -> None:
        self._sent.append(perf_counter())
        self._channel.send(REQUEST)


async def main(port: int, seconds: float, peers: int, ahead: int) -> None:
    """Ask for so many seconds, and print what came of it."""
    made = [await connect(port) for _ in range(peers)]
    began = perf_counter()
    callers = [Caller(channel, began + seconds, ahead) for _, channel in made]
    async with asyncio.timeout(seconds + PATIENCE):
        await asyncio.gather(*(caller.done.wait() for caller in callers))
    times = [each for caller in callers for each in caller.times]
    refused = sum(caller.refused for caller in callers)
    print(json.dumps(told(times, perf_counter() - began, refused)))
    for peer, _ in made:
        await peer.close()


if __name__ == "__main__":
    _, port, seconds, peers, ahead = sys.argv[1:]
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(main(int(port), float(seconds), int(peers), int(ahead)))
