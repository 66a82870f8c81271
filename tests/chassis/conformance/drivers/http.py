"""The suite's client for http: REST, and server-sent events to follow."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any, Self

import httpx

from tests.chassis.conformance.driver import Disconnected, Failed, Item

# A status says what went wrong where the problem's type does not.
KINDS = {400: "malformed", 413: "too-large", 415: "malformed", 422: "invalid"}


class Driver:
    """One caller's connection pool."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    @classmethod
    @asynccontextmanager
    async def connected(cls, port: int, token: str | None = None) -> AsyncIterator[Self]:
        """Open a pool, whose every request shows the token."""
        headers = {"authorization": f"Bearer {token}"} if token is not None else {}
        url = f"http://127.0.0.1:{port}"
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=20) as http:
            yield cls(http)

    async def register(self, notifications: Sequence[Any], key: str | None = None) -> list[str]:
        """Register an array."""
        headers = {} if key is None else {"idempotency-key": key}
        answer = await self._ask("POST", "/notifications", json=notifications, headers=headers)
        ids: list[str] = answer["ids"]
        return ids

    async def list(self, **query: Any) -> dict[str, Any]:
        """List a page or a slice."""
        return await self._ask("GET", "/notifications", params=_parameters(query))

    async def get(self, identity: str) -> dict[str, Any]:
        """Look one up."""
        return await self._ask("GET", f"/notifications/{identity}")

    async def mark_seen(self, identity: str, is_seen: bool) -> dict[str, Any]:
        """Set its seen state."""
        path = f"/notifications/{identity}"
        return await self._ask("PATCH", path, json={"is_seen": is_seen})

    async def report(self, **query: Any) -> dict[str, Any]:
        """Count."""
        return await self._ask("GET", "/reports/notifications", params=_parameters(query))

    @asynccontextmanager
    async def subscribed(self, **query: Any) -> AsyncIterator[AsyncIterator[Item]]:
        """Follow the stream."""
        cursor = query.pop("cursor", None)
        headers = {"last-event-id": cursor} if cursor else {}
        try:
            async with self._http.stream(
                "GET", "/stream", params=_parameters(query), headers=headers
            ) as answer:
                if answer.is_error:
                    await answer.aread()
                _check(answer)
                async with aclosing(_items(answer)) as items:
                    yield items
        except httpx.TransportError as error:
            raise Disconnected(str(error)) from error

    async def _ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            answer = await self._http.request(method, path, **more)
        except httpx.TransportError as error:
            raise Disconnected(str(error)) from error
        _check(answer)
        told: dict[str, Any] = answer.json()
        return told


async def _items(answer: httpx.Response) -> AsyncGenerator[Item]:
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
            continue
        if "id" in fields:
            event = fields.get("event", "heartbeat")
            data = (
                httpx.Response(200, text=fields["data"]).json() if event == "notification" else None
            )
            reason = fields["data"] if event == "closed" else None
            yield Item(event=event, cursor=fields["id"], data=data, reason=reason)
        fields = {}


def _parameters(query: dict[str, Any]) -> dict[str, str]:
    texts = {name: str(value) for name, value in query.items()}
    return {
        name: text.lower() if text in ("True", "False") else text for name, text in texts.items()
    }


def _check(answer: httpx.Response) -> None:
    if not answer.is_error:
        return
    problem = answer.json()
    kind = problem["type"].removeprefix("urn:problem:")
    blamed = (problem.get("errors") or [{}])[0]
    retry_after = answer.headers.get("retry-after")
    raise Failed(
        KINDS.get(answer.status_code, "unforeseen") if kind == "about:blank" else kind,
        problem["detail"],
        field=blamed.get("field"),
        retry_after=float(retry_after) if retry_after else None,
    )
