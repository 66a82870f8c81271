"""The http server over any bus, without a service behind it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from litestar.types import ControllerRouterHandler

from app.application.notification.mapping import REGISTERED
from app.application.notification.stream import STREAMED
from app.interfaces.http.notification.routes import routes
from chassis.application.bus import Bus
from chassis.application.ports.request_log import RequestLog
from chassis.interfaces.http.app import create_http
from chassis.interfaces.http.streaming.handlers import stream_routes
from chassis.interfaces.serving.server import WebServer


@asynccontextmanager
async def serve(
    bus: Bus, *own: ControllerRouterHandler, request_log: RequestLog | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """Serve `bus` on a free port, with further routes and those of the notification."""
    app = create_http(
        bus,
        [*routes, *stream_routes({REGISTERED: STREAMED}), *own],
        title="A <title> & more",
        version="1.2.3",
        request_log=request_log,
    )
    server = WebServer("http", app, "127.0.0.1", 0)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{server.port}") as client:
            yield client
    finally:
        await server.stop(5)
