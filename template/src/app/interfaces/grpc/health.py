"""The health service, which whoever watches it cannot hold the server open with."""

import asyncio
from collections.abc import Iterable
from typing import Any

import grpc
from grpc_health.v1 import health_pb2 as pb
from grpc_health.v1.health import aio

from app.interfaces.grpc.service import Handler

SERVICE = "grpc.health.v1.Health"
# For those who watch to be told, before their streams end.
LAST_WORD = 0.05


class Health(aio.HealthServicer):
    """Says of all services that they are served, until `end`."""

    def __init__(self, services: Iterable[str]) -> None:
        super().__init__()
        self._services = list(services)
        self._watching: set[asyncio.Task[Any]] = set()

    def handlers(self) -> dict[str, Handler]:
        """Return what handles its calls, by path."""
        decode = pb.HealthCheckRequest.FromString
        encode = pb.HealthCheckResponse.SerializeToString
        check = grpc.unary_unary_rpc_method_handler(self.Check, decode, encode)
        watch = grpc.unary_stream_rpc_method_handler(self.Watch, decode, encode)
        return {f"/{SERVICE}/Check": check, f"/{SERVICE}/Watch": watch}

    async def begin(self) -> None:
        """Say that they are served."""
        for name in self._services:
            await self.set(name, pb.HealthCheckResponse.SERVING)

    async def end(self) -> None:
        """Say that nothing is served any more, for good."""
        await self.enter_graceful_shutdown()

    async def leave(self) -> None:
        """End the streams of those who watch."""
        await asyncio.sleep(LAST_WORD)
        for task in tuple(self._watching):
            task.cancel()

    async def Watch(self, request: pb.HealthCheckRequest, context: Any) -> None:
        """Tell of the state of a service, and of each change of it."""
        watching = asyncio.ensure_future(super().Watch(request, context))
        self._watching.add(watching)
        try:
            await asyncio.wait([watching])
        finally:
            watching.cancel()
            self._watching.discard(watching)
