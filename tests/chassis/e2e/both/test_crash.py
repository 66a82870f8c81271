"""A notification that was answered with 202 survives the death of the process, and is not
duplicated.
"""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx

from tests.chassis.posix import posix
from tests.e2e.process import TIMEOUT, all_listed, serving

POSTS = 5000
CALLERS = 20


async def test_a_kill_in_the_middle_of_posts_loses_nothing(tmp_path: Path) -> None:
    accepted: list[str] = []
    async with serving(tmp_path) as process:
        cursor = await _first_cursor(process.url)
        posting = asyncio.create_task(_post(process.url, accepted))
        while len(accepted) < POSTS // 10:
            await asyncio.sleep(0.01)
        process.signal(posix("SIGKILL"))
        assert await process.ended() == -posix("SIGKILL")
        await posting
    assert POSTS // 10 <= len(accepted) < POSTS
    async with serving(tmp_path) as process:
        streamed = await _streamed(process.url, cursor, set(accepted))
        listed = await all_listed(process.url)
    assert len(listed) == len(set(listed))
    assert set(accepted) <= set(listed)
    # At least once on the stream, and no more than once since it was never cut.
    assert len(streamed) == len(set(streamed))
    assert set(accepted) <= set(streamed)


async def _post(url: str, accepted: list[str]) -> None:
    """Post until the service is gone, keeping the ids that were answered."""

    async def caller(http: httpx.AsyncClient) -> None:
        for _ in range(POSTS // CALLERS):
            try:
                answer = await http.post("/notifications", json=_NOTIFICATION)
            except httpx.TransportError:
                return
            assert answer.status_code == 202
            accepted.append(answer.json()["id"])

    async with httpx.AsyncClient(base_url=url) as http:
        await asyncio.gather(*(caller(http) for _ in range(CALLERS)))


async def _first_cursor(url: str) -> str:
    async with httpx.AsyncClient(base_url=url) as http, http.stream("GET", "/stream") as answer:
        async for line in answer.aiter_lines():
            if line.startswith("id: "):
                return line.removeprefix("id: ")
    raise AssertionError("the stream has no cursor")


async def _streamed(url: str, cursor: str, wanted: set[str]) -> list[str]:
    """Return the ids that the stream delivers after `cursor` until it has all that are wanted."""
    ids: list[str] = []
    headers = {"last-event-id": cursor}
    async with (
        # Rows that the process had leased when it was killed come when the lease of 5 s has ended.
        asyncio.timeout(TIMEOUT),
        httpx.AsyncClient(base_url=url, timeout=TIMEOUT) as http,
        http.stream("GET", "/stream", headers=headers) as answer,
    ):
        async for line in answer.aiter_lines():
            if line.startswith("data: "):
                data: dict[str, Any] = json.loads(line.removeprefix("data: "))
                ids.append(data["id"])
                if wanted <= set(ids):
                    break
    return ids


_NOTIFICATION = {"receiver": "ada", "action_type": "greeted", "action_data": {"text": "hello"}}
