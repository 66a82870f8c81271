"""The service's own web server, event loop and log, for another application."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext

from app.bootstrap import collector
from app.bootstrap.loop import loop_factory
from app.infrastructure.telemetry.logging import configure_logging
from app.interfaces.serving.server import Server
from litestar import Litestar

GRACE = 5.0


def run(
    app: Litestar, beside: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
) -> None:
    """Serve `app` on any free port, which is logged, until SIGTERM; `beside` is open meanwhile."""
    configure_logging("json", "INFO")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(app, beside))


async def _serve(app: Litestar, beside: Callable[[], AbstractAsyncContextManager[None]]) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    server = Server("http", app, "127.0.0.1", 0)
    async with beside():
        await server.start()
        # As the service does.
        collector.settle()
        await stopping.wait()
        await server.stop(GRACE)
