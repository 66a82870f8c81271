"""The operator's application: plain ASGI, since it must answer when everything else fails."""

from collections.abc import Awaitable, Callable
from typing import Literal

import msgspec
from msgspec import Struct

from chassis.application.readiness import Readiness
from chassis.interfaces.serving.asgi import App, Receive, Scope, Send
from chassis.interfaces.serving.problem import answer, problem
from chassis.interfaces.serving.respond import NO_STORE, respond, run_lifespan

JSON = "application/json"

type Render = Callable[[], tuple[bytes, str]]
type Page = Callable[[], Awaitable[tuple[int, bytes, str]]]

_encoder = msgspec.json.Encoder()


class Alive(Struct, frozen=True, kw_only=True):
    """The process is alive; `instance` identifies it, `listening` has the URL of each server."""

    status: Literal["alive"] = "alive"
    instance: str = ""
    listening: dict[str, str] = {}


def create_ops(readiness: Readiness, metrics: Render, alive: Callable[[], Alive] = Alive) -> App:
    """Return the application; `metrics` renders the metrics and names their media type."""

    async def livez() -> tuple[int, bytes, str]:
        return 200, _encoder.encode(alive()), JSON

    async def readyz() -> tuple[int, bytes, str]:
        status = await readiness.status()
        return 503 if status.status == "unready" else 200, _encoder.encode(status), JSON

    async def metrics_page() -> tuple[int, bytes, str]:
        # Some of them are the results of these checks.
        await readiness.refresh()
        return 200, *metrics()

    return _Ops({"/livez": livez, "/readyz": readyz, "/metrics": metrics_page})


class _Ops:
    def __init__(self, pages: dict[str, Page]) -> None:
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await run_lifespan(receive, send)
        elif scope["type"] != "http":
            await send({"type": "websocket.close"})
        elif (page := self._pages.get(scope["path"])) is None:
            known = ", ".join(self._pages)
            await answer(send, problem(404, f"there is no such page: this port has {known}"))
        elif scope["method"] not in ("GET", "HEAD"):
            refusal = problem(405, f"{scope['method']} is not allowed here")
            await answer(send, refusal, [(b"allow", b"GET, HEAD")])
        else:
            status, body, media_type = await page()
            await respond(send, status, body, [(b"content-type", media_type.encode()), NO_STORE])
