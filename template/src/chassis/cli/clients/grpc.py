"""The client for grpc and grpcs."""

import ssl
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio

from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.cli.clients import Disconnected, RequestRefused
from chassis.cli.credentials import Credentials
from chassis.cli.remote import Remote

TIMEOUT = 30.0

# The codes after which a retry may succeed.
_AGAIN = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
    grpc.StatusCode.UNKNOWN,
)
_OPTIONS = [
    ("grpc.max_receive_message_length", -1),
    # Keepalive finds a dead connection while nothing arrives.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.max_reconnect_backoff_ms", 5000),
]

# The messages are bytes both ways.
type _Unary = grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]
type _Stream = grpc.aio.UnaryStreamMultiCallable[bytes, bytes]


class GrpcClient:
    """Talks to the service at `url`."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        self._url = url
        self._remote = remote
        self._headers = credentials.headers
        scheme, _, self._target = url.partition("://")
        self._secured = _secured(credentials) if scheme == "grpcs" else None
        self._opened: grpc.aio.Channel | None = None

    async def register(self, items: Sequence[Any], key: str | None) -> list[str]:
        """Register the items and return their ids."""
        calls = self._remote.grpc_calls()
        asked = calls.to_request(items)
        call: _Unary = self._channel().unary_unary(calls.register)
        keyed = (("idempotency-key", key),) if key else ()
        with _reached(self._url):
            answer = await call(asked, timeout=TIMEOUT, metadata=(*self._metadata(), *keyed))
        return calls.to_ids(answer)

    async def follow(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Yield the stream's items until it ends."""
        calls = self._remote.grpc_calls()
        call: _Stream = self._channel().unary_stream(calls.subscribe)
        with _reached(self._url):
            stream = call(calls.to_subscribe(subscribe), metadata=self._metadata())
            try:
                async for message in stream:
                    item = calls.to_item(message)
                    yield item
                    if item.event == "closed":
                        return
            finally:
                stream.cancel()

    async def close(self) -> None:
        """Close the connection."""
        if self._opened is not None:
            await self._opened.close()

    def _channel(self) -> grpc.aio.Channel:
        # It belongs to the running loop, so it is created there.
        if self._opened is None:
            if self._secured is not None:
                self._opened = grpc.aio.secure_channel(self._target, self._secured, _OPTIONS)
            else:
                self._opened = grpc.aio.insecure_channel(self._target, _OPTIONS)
        return self._opened

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return tuple(self._headers().items())


def _secured(credentials: Credentials) -> grpc.ChannelCredentials:
    # The system's roots, or those in `SSL_CERT_FILE`; without them gRPC uses its own.
    path = ssl.get_default_verify_paths().cafile
    trusted = Path(path).read_bytes() if path else None
    return grpc.ssl_channel_credentials(trusted, *credentials.pem())


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except grpc.aio.AioRpcError as error:
        code, reason = error.code(), error.details()
        if code is grpc.StatusCode.UNAVAILABLE and not error.trailing_metadata():
            raise Disconnected(
                f"{url} does not answer ({reason}): is the service running there?"
            ) from error
        kind = Disconnected if code in _AGAIN else RequestRefused
        raise kind(f"{code.name}: {reason}") from error


# The client that `open_client` returns.
CLIENT = GrpcClient
