"""The caller for each transport."""

from collections.abc import Mapping
from pathlib import Path

from tools.drill.over.caller import Caller, Transport
from tools.drill.over.grpc import GrpcCaller, messages
from tools.drill.over.http import HttpCaller
from tools.drill.over.p2p import P2pCaller
from tools.drill.over.quic import QuicCaller
from tools.drill.over.tcp import TcpCaller
from tools.drill.over.webrtc import WebrtcCaller


def caller(
    transport: Transport, ports: Mapping[str, int], project: Path, token: str = ""
) -> Caller:
    """Return a new caller of a service of this project that listens on these ports."""
    port = ports[transport]
    match transport:
        case "http":
            return HttpCaller(port, token)
        case "tcp":
            return TcpCaller(port, token)
        case "grpc":
            return GrpcCaller(port, messages(project), token)
        case "quic":
            return QuicCaller(port, token)
        case "webrtc":
            return WebrtcCaller(port, token)
        case "p2p":
            return P2pCaller(port, token)
