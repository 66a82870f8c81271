"""The client for ws and wss, which follows streams; to register, use http."""

from collections.abc import AsyncGenerator, Sequence
from typing import Any
from urllib.parse import urlencode

import msgspec
from msgspec import Raw, Struct
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.cli.clients import Disconnected, RequestRefused
from chassis.cli.credentials import Credentials
from chassis.cli.remote import Remote


class _Frame(Struct):
    event: str
    cursor: str
    data: Raw = Raw()

    def item(self) -> StreamItem:
        return StreamItem(event=self.event, cursor=self.cursor, data=self.data or None)


class WebSocketClient:
    """Follows the service at `url`."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        self._url = url
        self._remote = remote
        self._headers = credentials.headers
        self._context = credentials.context() if url.startswith("wss:") else None

    async def register(self, items: Sequence[Any], key: str | None) -> list[str]:
        """Refuse: a WebSocket only delivers."""
        raise RequestRefused("a WebSocket only delivers: register with --via http://…")

    async def follow(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Yield the stream's items until it ends."""
        resume = {"last_event_id": subscribe.cursor} if subscribe.cursor else {}
        query = urlencode(self._remote.filters(subscribe) | resume)
        try:
            connection = connect(
                f"{self._url}/stream?{query}",
                additional_headers=self._headers(),
                ssl=self._context,
            )
            async with connection as socket:
                async for frame in socket:
                    yield msgspec.json.decode(frame, type=_Frame).item()
        except InvalidStatus as error:
            raise RequestRefused(
                f"{error.response.status_code}: {error.response.reason_phrase}"
            ) from error
        except ConnectionClosed as error:
            if error.rcvd is not None and error.rcvd.code == 1008:
                raise RequestRefused(
                    error.rcvd.reason or "the service closed the stream"
                ) from error
            raise Disconnected(f"{self._url}: the connection broke") from error
        except (OSError, WebSocketException) as error:
            raise Disconnected(
                f"{self._url} does not answer ({error}): is the service running there?"
            ) from error

    async def close(self) -> None:
        """Return: each stream closes its own connection."""


# The client that `open_client` returns.
CLIENT = WebSocketClient
