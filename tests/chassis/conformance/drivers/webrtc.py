"""The suite's client for webrtc: a message of a data channel each way."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Self

from tests.chassis.conformance.driver import Disconnected, Failed
from tests.chassis.conformance.drivers.jsonrpc import JsonRpcDriver
from tests.chassis.webrtc_client import Channel, Refused, connected


class Wire:
    """One data channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    async def send(self, message: bytes) -> None:
        """Send a message."""
        if self._channel.channel.readyState != "open":
            raise ConnectionError("the channel is closed")
        self._channel.send(message.decode())

    async def messages(self) -> AsyncIterator[bytes]:
        """Yield the messages."""
        while (message := await self._channel.next()) is not None:
            yield message.encode() if isinstance(message, str) else message


class Driver(JsonRpcDriver):
    """One caller's channel; the offer says who it is."""

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, token: str | None = None) -> AsyncIterator[Self]:
        """Connect, with the token in the offer."""
        opening = connected(f"http://127.0.0.1:{port}", token)
        try:
            _, channel = await opening.__aenter__()
        except Refused as refused:
            kind = refused.problem["type"].removeprefix("urn:problem:")
            raise Failed(kind, refused.problem["detail"]) from refused
        except OSError as error:
            raise Disconnected(str(error)) from error
        driver = cls(Wire(channel))
        try:
            yield driver
        finally:
            driver._reading.cancel()
            await opening.__aexit__(None, None, None)
