"""The requests of a caller, over any transport, and their possible results."""

from collections.abc import Callable, Mapping
from typing import Any, Literal, Protocol

Transport = Literal["http", "tcp", "grpc", "quic", "webrtc", "p2p"]
# Those over TCP, and all.
STREAMS: tuple[Transport, ...] = ("http", "tcp", "grpc")
TRANSPORTS: tuple[Transport, ...] = (*STREAMS, "quic", "webrtc", "p2p")

# The words of the answers that say: not now.
LATER = ("busy", "unavailable")

# Seconds for one answer.
PATIENCE = 30.0


class RefusedError(Exception):
    """The service has answered that it does not take the request; the text is one word for why."""


class UnreachedError(Exception):
    """There was no connection to be had, so nothing was sent."""


class UnansweredError(Exception):
    """The request was sent, and the connection has ended without an answer.

    The text is `CUT` where a part of one had come, else how it ended.
    """


CUT = "cut in the middle of an answer"


class Caller(Protocol):
    """A client on one connection, which is made with the first request and again where it ended."""

    async def register(self, notification: Mapping[str, Any], key: str = "") -> str:
        """Register one, under an idempotency key if there is one, and return its id.

        Raises `RefusedError`, `UnreachedError` or `UnansweredError`.
        """
        ...

    async def follow(self, opened: Callable[[], None]) -> str:
        """Follow the stream, on a connection of its own, until it ends; return why it did.

        `opened` is called once it is open. The reason is the service's own word where it has one,
        `ended` where the stream was whole without one, and `cut` where it was not. Raises
        `UnreachedError`.
        """
        ...

    async def close(self) -> None:
        """Close the connection."""
        ...
