"""A transport of the service, with a use case that does nothing: `no_op tcp|grpc|quic|p2p|webrtc`.

All that the transport does is there: it decodes, checks, measures, and encodes an id.
"""

import sys
from uuid import UUID

from app.application.notification.messages import Register, Registered
from app.interfaces.grpc.notification.service import services
from app.interfaces.jsonrpc.notification.methods import methods
from chassis.application.bus import Bus
from chassis.infrastructure.telemetry.metrics import PrometheusMetrics
from chassis.interfaces.grpc.server import GrpcServer
from chassis.interfaces.jsonrpc.endpoint import Endpoint
from chassis.interfaces.jsonrpc.openrpc import Info
from chassis.interfaces.p2p.allowed_peers import AllowedPeers
from chassis.interfaces.p2p.discovery.static import StaticDiscovery
from chassis.interfaces.p2p.identity import Identity
from chassis.interfaces.p2p.server import P2pServer
from chassis.interfaces.quic.server import QuicServer
from chassis.interfaces.serving.meter import Meter
from chassis.interfaces.serving.tls import Tls
from chassis.interfaces.tcp.server import TcpServer
from chassis.interfaces.webrtc.server import WebRtcServer

from benchmarks.inside.ask_peers import KEY
from benchmarks.inside.certificate import certificate
from benchmarks.inside.quiet import quiet
from benchmarks.inside.serving import Server, serve

HOST = "127.0.0.1"
DONE = Registered((UUID(int=1),))


async def nothing(message: Register) -> Registered:
    """Register nothing."""
    return DONE


def make(name: str) -> Server:
    """Return the server."""
    bus = Bus({Register: lambda: nothing})
    meter = Meter(PrometheusMetrics(), name)
    if name == "grpc":
        return GrpcServer(services, bus, HOST, 0, meter=meter)
    endpoint = Endpoint(name, bus, methods, info=Info("no-op", "1"), meter=meter)
    if name == "quic":
        path = certificate()
        return QuicServer(endpoint, HOST, 0, Tls(path, path), meter=meter)
    if name == "webrtc":
        return WebRtcServer(name, endpoint, HOST, 0, meter=meter)
    if name == "p2p":
        anyone = AllowedPeers((), is_open=True)
        nowhere = StaticDiscovery(())
        return P2pServer(endpoint, Identity(KEY), HOST, 0, anyone, nowhere, meter=meter)
    return TcpServer(name, endpoint, HOST, 0, meter=meter)


if __name__ == "__main__":
    quiet()
    serve(lambda: make(sys.argv[1]))
