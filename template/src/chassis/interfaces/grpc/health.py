"""The health service: https://github.com/grpc/grpc/blob/master/doc/health-checking.md."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import Any

from grpc_health.v1 import health_pb2 as pb

from chassis.application.errors import NotFound
from chassis.interfaces.grpc.observe import Context, address_of
from chassis.interfaces.grpc.watches import Watches

# Any: its stubs name a class of their own.
DESCRIPTOR: Any = pb.DESCRIPTOR.services_by_name["Health"]
SERVICE = "grpc.health.v1.Health"
# Seconds for the watchers to be notified, before their streams end.
LAST_WORD = 0.05
# Seconds, after which a watcher must call again.
LONGEST = 3600.0

type Response = pb.HealthCheckResponse


class GrpcHealth:
    """Reports all services as served, from `begin` to `end`, to callers without a token.

    It replaces the standard servicer, which keeps any number of watches, for as long as their
    clients like.
    """

    def __init__(self, services: Iterable[str], watches: Watches, longest: float = LONGEST) -> None:
        self._services = {"", *services}
        self._watches = watches
        self._longest = longest
        self._status: int = pb.HealthCheckResponse.NOT_SERVING

    def begin(self) -> None:
        """Report them as served."""
        self._status = pb.HealthCheckResponse.SERVING
        self._watches.tell()

    def end(self) -> None:
        """Report permanently that none is served."""
        self._status = pb.HealthCheckResponse.NOT_SERVING
        self._watches.tell()

    async def leave(self) -> None:
        """End the streams of the watchers."""
        await asyncio.sleep(LAST_WORD)
        self._watches.end()

    async def Check(self, request: pb.HealthCheckRequest, _: Context) -> Response:
        """Send the state of a service."""
        if request.service not in self._services:
            raise NotFound("there is no such service")
        return pb.HealthCheckResponse(status=self._status)

    async def Watch(
        self, request: pb.HealthCheckRequest, call: Context
    ) -> AsyncGenerator[Response]:
        """Send the state of a service, and each change of it."""
        is_known = request.service in self._services
        watch = self._watches.enter(address_of(call.peer()))
        end = asyncio.get_running_loop().time() + self._longest
        told: int | None = None
        try:
            while True:
                status = self._status if is_known else pb.HealthCheckResponse.SERVICE_UNKNOWN
                watch.changed.clear()
                if status != told:
                    told = status
                    yield pb.HealthCheckResponse(status=status)
                if watch.is_over:
                    return
                async with asyncio.timeout_at(end):
                    await watch.changed.wait()
        except TimeoutError:
            return
        finally:
            self._watches.leave(watch)
