"""The limit of grpcio: a server of `grpc.aio` that echoes the bytes of each request."""

import logging

import grpc
import grpc.aio

from benchmarks.inside.ask_grpc import METHOD
from benchmarks.inside.serving import serve

log = logging.getLogger(__name__)


async def echo(request: bytes, context: object) -> bytes:
    """Send it back."""
    return request


class Echo(grpc.GenericRpcHandler):
    """Knows one method, and no message."""

    def service(
        self, handler_call_details: grpc.HandlerCallDetails
    ) -> grpc.RpcMethodHandler | None:
        """Return who answers."""
        if handler_call_details.method != METHOD:
            return None
        return grpc.unary_unary_rpc_method_handler(echo)


class Bare:
    """A server on any free port."""

    async def start(self) -> None:
        """Listen, and log where."""
        self._server = grpc.aio.server()
        self._server.add_generic_rpc_handlers((Echo(),))
        port = self._server.add_insecure_port("127.0.0.1:0")
        await self._server.start()
        log.info("listening", extra={"server": "grpc", "port": port})

    async def stop(self, grace: float) -> None:
        """Accept no more."""
        await self._server.stop(grace)


if __name__ == "__main__":
    serve(Bare)
