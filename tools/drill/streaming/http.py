"""A stream over HTTP: server-sent events."""

import json
from collections.abc import AsyncGenerator, AsyncIterator, Mapping

import httpx

from tools.drill.streaming.stream import HEARTBEAT, RESET, SILENCE, Item, LostError, Stream


def over_http(port: int, query: Mapping[str, str]) -> Stream:
    """Return `/stream` with this query."""

    async def stream(cursor: str) -> AsyncGenerator[Item, None]:
        headers = {"last-event-id": cursor} if cursor else {}
        url = f"http://127.0.0.1:{port}/stream"
        try:
            async with (
                httpx.AsyncClient(timeout=SILENCE) as http,
                http.stream("GET", url, params=query, headers=headers) as answer,
            ):
                answer.raise_for_status()
                async for item in _items(answer):
                    yield item
        except httpx.TransportError as error:
            raise LostError(type(error).__name__) from error

    return stream


async def _items(answer: httpx.Response) -> AsyncIterator[Item]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "id" in fields:
            event = fields.get("event", HEARTBEAT)
            # The data of a reset is the cursor alone.
            data = {} if event in (HEARTBEAT, RESET) else json.loads(fields["data"])
            yield Item(event, fields["id"], data)
        fields = {}
