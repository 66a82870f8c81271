"""A server: gRPC services on a port."""

import asyncio
import logging
import math
from collections.abc import Sequence
from functools import partial
from typing import Any

import grpc
import grpc.aio
from grpc_reflection.v1alpha import reflection
from grpc_reflection.v1alpha import reflection_pb2 as reflection_proto

from chassis.application.access.no_authenticator import NoAuthenticator
from chassis.application.bus import Bus
from chassis.application.ports.authenticator import Authenticator
from chassis.application.ports.request_log import RequestLog
from chassis.application.ports.tracing import Tracing
from chassis.application.tracing.no_tracing import NoTracing
from chassis.interfaces.grpc import health
from chassis.interfaces.grpc.calls import Calls
from chassis.interfaces.grpc.credentials import credentials_of
from chassis.interfaces.grpc.cut import cut
from chassis.interfaces.grpc.health import GrpcHealth
from chassis.interfaces.grpc.observe import GrpcObserver, place_of
from chassis.interfaces.grpc.options import options_of
from chassis.interfaces.grpc.router import Router
from chassis.interfaces.grpc.service import GrpcService
from chassis.interfaces.grpc.unobserved import unobserved
from chassis.interfaces.grpc.unread import Unread
from chassis.interfaces.grpc.watches import Watches
from chassis.interfaces.serving.address import url_of
from chassis.interfaces.serving.drain import LAST_READ, RESERVE, time_left
from chassis.interfaces.serving.errors import CannotBind
from chassis.interfaces.serving.limits import Limits
from chassis.interfaces.serving.listener import listen
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls

log = logging.getLogger(__name__)

MAX_BATCH = 1000
# Seconds for clients that continue to call, to learn that they must not.
REFUSING = 1.0

_DEFAULTS = Limits()
# Any: its stubs name a class of their own.
_REFLECTION: Any = reflection_proto.DESCRIPTOR.services_by_name["ServerReflection"]


class GrpcServer:
    """Serves `services` with what `bus` handles; health and reflection next to them.

    `domain` names the service in the details of errors.
    """

    name = "grpc"

    def __init__(
        self,
        services: Sequence[GrpcService],
        bus: Bus,
        host: str,
        port: int,
        limits: Limits = _DEFAULTS,
        tls: Tls | None = None,
        *,
        domain: str = "",
        max_batch: int = MAX_BATCH,
        authenticator: Authenticator | None = None,
        tracing: Tracing | None = None,
        meter: Meter | None = None,
        request_log: RequestLog | None = None,
    ) -> None:
        self._services = services
        self._bus = bus
        self._host = host
        self._port = port
        self._limits = limits
        self._tls = tls
        self._domain = domain
        self._max_batch = max_batch
        self._authenticator = authenticator or NoAuthenticator()
        self._tracing = tracing or NoTracing()
        self._meter = meter
        self._request_log = request_log
        self._calls = Calls(limits.connections)
        self._unread = Unread(limits.send_timeout, self._cut)
        self._server: grpc.aio.Server | None = None

    @property
    def port(self) -> int:
        """The port; if the setting is 0, the actual one, once the server has started."""
        return self._port

    @property
    def under_way(self) -> int:
        """How many calls are running; streams are calls, too."""
        return self._calls.under_way

    @property
    def unread(self) -> int:
        """How many answers their clients have not read yet."""
        return len(self._unread)

    @property
    def unread_bytes(self) -> int:
        """How many bytes these and their calls take."""
        return self._unread.size

    @property
    def url(self) -> str:
        """The server's URL; the port as in `port`."""
        return url_of("grpc", self._host, self._port, tls=self._tls is not None)

    async def start(self) -> None:
        """Bind and accept. Raises `StartError`, whose text says what to do."""
        names = [each.descriptor.full_name for each in self._services]
        self._health = GrpcHealth(names, Watches(self._limits.connections_per_address))
        server = grpc.aio.server(options=options_of(self._limits))
        server.add_generic_rpc_handlers((self._router(),))
        self._port = self._bind(server)
        await server.start()
        self._health.begin()
        self._server = server
        if self._meter is not None:
            self._meter.watch_calls(lambda: self._calls.under_way)
        log.info("listening", extra={"server": self.name, "host": self._host, "port": self._port})

    async def stop(self, grace: float) -> None:
        """Accept no more, answer the accepted calls, and end within `grace` seconds."""
        server, self._server = self._server, None
        if server is None:
            return
        deadline = asyncio.get_running_loop().time() + grace
        self._health.end()
        await asyncio.sleep(min(LAST_READ, grace))
        # gRPC would reset requests that its clients had sent and it had not yet read.
        await self._calls.drain(min(REFUSING, time_left(deadline) / 2))
        stopping = asyncio.create_task(server.stop(math.inf))
        await self._health.leave()
        if not await self._calls.finished(max(0.0, time_left(deadline) - RESERVE)):
            log.warning("requests cut off", extra={"count": self._calls.under_way})
        # Never two at once: if they end in the same moment, gRPC uses freed memory, and crashes.
        stopping.cancel()
        await asyncio.wait([stopping])
        # All calls are answered: the remaining clients do not read their answers.
        await server.stop(max(0.0, min(RESERVE, time_left(deadline))))

    def _router(self) -> Router:
        observe = GrpcObserver(
            self._calls,
            self._authenticator,
            self._tracing,
            self._domain,
            self._meter,
            self._request_log,
        )
        router = Router(observe, self._limits, self._unread)
        for each in self._services:
            router.add(each.descriptor, each.servicer(self._bus, self._max_batch), each.large)
        names = [each.descriptor.full_name for each in self._services]
        described = [*names, health.SERVICE, reflection.SERVICE_NAME]
        router.add(_REFLECTION, reflection.aio.ReflectionServicer(described))
        router.add(health.DESCRIPTOR, self._health, around=partial(unobserved, domain=self._domain))
        return router

    def _cut(self, peer: str) -> bool:
        address, port = place_of(peer)
        return bool(address) and cut(self._port, address, port)

    def _bind(self, server: grpc.aio.Server) -> int:
        # Checked here: gRPC's own error says less, and part of it goes to standard error.
        with listen("grpc", self._host, self._port, self._limits.backlog) as probe:
            host = probe.getsockname()[0]
        address = f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"
        try:
            if self._tls is None:
                return server.add_insecure_port(address)
            return server.add_secure_port(address, credentials_of(self._tls))
        except RuntimeError as error:
            raise CannotBind(f"GRPC_PORT {self._port} cannot be listened on: {error}") from None
