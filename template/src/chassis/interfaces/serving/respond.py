"""Plain ASGI responses, for the applications that use no framework."""

from collections.abc import Iterable

from chassis.interfaces.serving.asgi import Receive, Send

NO_STORE = (b"cache-control", b"no-store")
NO_CONTENT = 204


async def respond(
    send: Send,
    status: int,
    body: bytes = b"",
    headers: Iterable[tuple[bytes, bytes]] = (),
) -> None:
    """Send a whole response."""
    # RFC 9110, 8.6: one without content has no length either.
    length = [] if status == NO_CONTENT else [(b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, *length]})
    await send({"type": "http.response.body", "body": body})


async def run_lifespan(receive: Receive, send: Send) -> None:
    """Answer the server's start and end (ASGI's lifespan) of an application without either."""
    while (await receive())["type"] == "lifespan.startup":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})
