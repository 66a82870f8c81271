"""The client for http and https: REST to register, server-sent events to follow."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec

from chassis.application.streaming.messages import StreamItem, Subscribe
from chassis.cli.clients import Disconnected, RequestRefused
from chassis.cli.credentials import Credentials
from chassis.cli.http_answers import NOT_OURS, check, decode, read
from chassis.cli.remote import Remote

TIMEOUT = 30.0
STREAM = "text/event-stream"


class Ids(msgspec.Struct):
    """The answer to a registration."""

    ids: list[str]


class HttpClient:
    """Talks to the service at `url`."""

    def __init__(self, url: str, credentials: Credentials, remote: Remote) -> None:
        self._url = url
        self._remote = remote
        self._headers = credentials.headers
        # Plain text needs no verification, and the system's certificates take long to load.
        verify = credentials.context() if url.startswith("https:") else False
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, verify=verify)

    async def register(self, items: Sequence[Any], key: str | None) -> list[str]:
        """Register the items and return their ids."""
        headers = self._headers() | {"content-type": "application/json"}
        if key:
            headers["idempotency-key"] = key
        content = msgspec.json.encode(items)
        asking = self._http.stream("POST", self._remote.path, content=content, headers=headers)
        with _reached(self._url):
            async with asking as answer:
                body = await read(answer)
        check(answer, body)
        return decode(body, Ids).ids

    async def follow(self, subscribe: Subscribe) -> AsyncGenerator[StreamItem]:
        """Yield the stream's items until it ends."""
        resume = {"last-event-id": subscribe.cursor} if subscribe.cursor else {}
        request = self._http.build_request(
            "GET",
            "/stream",
            params=self._remote.filters(subscribe),
            headers=self._headers() | resume,
            timeout=httpx.Timeout(TIMEOUT, read=None),
        )
        with _reached(self._url):
            answer = await self._http.send(request, stream=True)
            try:
                check(answer, b"" if answer.is_success else await read(answer))
                if not answer.headers.get("content-type", "").startswith(STREAM):
                    raise RequestRefused(f"{self._url} answers, and not with a stream: {NOT_OURS}")
                async for item in _items(answer.aiter_lines(), self._remote.streamed.event):
                    yield item
            finally:
                await answer.aclose()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()


async def _items(lines: AsyncIterator[str], name: str) -> AsyncIterator[StreamItem]:
    """Parse server-sent events: an empty line ends one; `name` has data."""
    fields: dict[str, str] = {}
    async for line in lines:
        if line:
            field, _, value = line.partition(":")
            fields[field] = value.removeprefix(" ")
            continue
        if "id" in fields:
            event = fields.get("event", "heartbeat")
            data = None
            if event == name:
                data = msgspec.Raw(fields.get("data", "").encode())
            yield StreamItem(event=event, cursor=fields["id"], data=data)
        fields = {}


@contextmanager
def _reached(url: str) -> Iterator[None]:
    try:
        yield
    except httpx.HTTPError as error:
        reason = str(error) or type(error).__name__
        raise Disconnected(
            f"{url} does not answer ({reason}): is the service running there?"
        ) from error


# The client that `open_client` returns.
CLIENT = HttpClient
