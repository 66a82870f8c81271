"""Server-sent events as a subscriber reads them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from tests.e2e.process import TIMEOUT


@asynccontextmanager
async def open_events(
    http: httpx.AsyncClient, cursor: str | None = None, *, url: str = ""
) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Follow the stream from `cursor` on, for `TIMEOUT` at most."""
    headers = {} if cursor is None else {"last-event-id": cursor}
    async with (
        asyncio.timeout(TIMEOUT),
        http.stream("GET", f"{url}/stream", headers=headers) as answer,
    ):
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield blocks(answer.aiter_lines())


async def blocks(lines: AsyncIterator[str]) -> AsyncIterator[dict[str, Any]]:
    """Yield each block of an event stream as its fields."""
    block: dict[str, Any] = {}
    async for line in lines:
        if line:
            name, _, value = line.partition(": ")
            block[name] = value
        elif block:
            yield block
            block = {}
