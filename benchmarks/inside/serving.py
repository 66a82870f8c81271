"""The service's own event loop and log, and its own web server, for other programs."""

import asyncio
import signal
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Protocol

from chassis.bootstrap import gc_tuning
from chassis.bootstrap.loop import loop_factory
from chassis.infrastructure.telemetry.logging import configure_logging
from chassis.interfaces.serving.server import WebServer
from litestar import Litestar

GRACE = 5.0


class Server(Protocol):
    """The logger of a listener; the service's own log does the same."""

    async def start(self) -> None:
        """Accept connections."""
        ...

    async def stop(self, grace: float) -> None:
        """Answer what was taken, and end."""
        ...


def run(
    app: Litestar, background: Callable[[], AbstractAsyncContextManager[None]] = nullcontext
) -> None:
    """Serve `app` on any free port, which is logged, until SIGTERM. `background` stays open."""
    serve(lambda: WebServer("http", app, "127.0.0.1", 0), background)


def serve(
    make: Callable[[], Server],
    background: Callable[[], AbstractAsyncContextManager[None]] = nullcontext,
) -> None:
    """Run the server that `make` returns on the service's loop until SIGTERM."""
    configure_logging("json", "INFO", "app")
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve(make, background))


async def _serve(
    make: Callable[[], Server], background: Callable[[], AbstractAsyncContextManager[None]]
) -> None:
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    server = make()
    async with background():
        await server.start()
        # As the service does.
        gc_tuning.freeze()
        await stopping.wait()
        await server.stop(GRACE)
